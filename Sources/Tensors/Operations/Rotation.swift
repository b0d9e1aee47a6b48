extension Tape {
  /// Each head's halves (a, b) turned by an angle of each place and column: (a c - b s, a s + b c).
  ///
  /// A rotation is linear and keeps lengths; the product of two heads turned by angles p ω and p′ ω
  /// depends on p - p′ only.
  /// - Parameters:
  ///   - x: [batch, places, heads × width].
  ///   - cosines: [places, width / 2], a constant.
  ///   - sines: [places, width / 2], a constant.
  /// Reference: Su et al. (2021), *RoFormer*, eq. 34, arXiv:2104.09864, with column i paired with
  /// i + width / 2 instead of its neighbour: a fixed order of the projection's columns.
  package func rotated(_ x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor {
    let (places, half) = (cosines.shape[0], cosines.shape[1])
    precondition(
      x.shape.rank == 3 && x.shape[1] == places && x.shape[2] % (2 * half) == 0,
      "rotated: \(x.shape) by angles of \(cosines.shape)")
    let heads = x.shape[2] / (2 * half)
    let pairs = reshape(x, Shape(x.shape[0], places, heads, 2, half))
    let (a, b) = (slice(pairs, 0..<1, axis: 3), slice(pairs, 1..<2, axis: 3))
    let c = reshape(cosines, Shape(places, 1, 1, half))
    let s = reshape(sines, Shape(places, 1, 1, half))
    let turned = concatenate(
      subtract(multiply(a, c), multiply(b, s)), add(multiply(a, s), multiply(b, c)), axis: 3)
    return reshape(turned, x.shape)
  }
}
