/// What a recomputed part of a computation does, from what it was given to keep.
///
/// A function without a context: one for each pass would be an allocation.
package typealias Recomputation = (Tape, _ state: UnsafeRawPointer) -> Tensor

/// What `linear` does with its products.
enum Products {
  /// They have memory like all else.
  case ordinary
  /// They are computed and kept.
  case kept
  /// They are there from the first time.
  case found
}

/// What the gradient needs.
private struct RecomputedPart: BitwiseCopyable {
  let state: UnsafeMutableRawPointer
  let recomputation: Int
  let products: Arena.Mark
}

extension Tape {
  /// A part of a computation of which only the products of `linear` are kept for the gradient.
  ///
  /// What lies between them is cheaper to compute again than to write to memory and fetch from there,
  /// and it is the same memory for one part after the other, which stays in the cache. Same bits as
  /// without, since the same operations run again. Where an input moves (forward mode), everything is kept.
  /// - Parameters:
  ///   - inputs: The only intermediate variables that the part may use, the first of them one whose gradient
  ///     may be asked for; parameters are free.
  ///   - state: What `body` needs, inputs among it; lives as long as the tape's other memory.
  ///   - body: Operations of the tape it is given; called once, and once more for the gradient.
  package func recomputing<State: BitwiseCopyable>(
    _ inputs: (Tensor, Tensor, Tensor), _ state: State, _ body: @escaping Recomputation
  ) -> Tensor {
    let kept = keep(state)
    guard !follows(inputs.0), !follows(inputs.1), !follows(inputs.2) else {
      return body(self, kept)
    }
    guard isRecording else { return onlyResult { body(self, kept) } }
    let anchor = inputs.0.isVariable ? inputs.0 : variable(inputs.0)
    let part = RecomputedPart(
      state: kept, recomputation: recomputations.count, products: keptProducts.mark)
    let output = withProducts(.kept) { onlyResult { body(self, kept) } }
    recomputations.append(body)
    return record(
      output, anchor, inputs.1, inputs.2, saved: keep(part), backward: recomputationBackward)
  }

  /// Memory for a product, and whether the product is in it.
  func allocateProduct(_ shape: Shape) -> (product: Tensor, isFound: Bool) {
    guard products != .ordinary else { return (allocate(shape), false) }
    let data = keptProducts.allocate(bytes: shape.count * type.byteCount)
    return (Tensor(data: data, shape: shape, type: type), products == .found)
  }

  /// Makes a variable's gradient, where what is about to be recorded and forgotten may not.
  fileprivate func beginGradient(of x: Tensor) {
    if x.isVariable { _ = gradient(of: x) }
  }

  fileprivate func withProducts<Result>(_ products: Products, _ body: () -> Result) -> Result {
    let outer = self.products
    self.products = products
    defer { self.products = outer }
    return body()
  }
}

private func recomputationBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let part = node.kept(as: RecomputedPart.self)
  tape.beginGradient(of: node.inputs.0)
  tape.beginGradient(of: node.inputs.1)
  tape.beginGradient(of: node.inputs.2)
  let end = tape.keptProducts.mark
  tape.replay(seed: dy) {
    tape.keptProducts.rewind(to: part.products)
    defer { tape.keptProducts.rewind(to: end) }
    return tape.withProducts(.found) { tape.recomputations[part.recomputation](tape, part.state) }
  }
}
