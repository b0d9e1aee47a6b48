import KernelTables

extension ReferenceKernels {
  package static func normalizeChannels(
    _ p: ChannelNormalization, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    statistics: UnsafeMutableRawPointer, workspace: UnsafeMutableRawPointer
  ) {
    forEachGroup(p) { group, elements in
      let count = Double(elements.count)
      let mean = elements.reduce(0) { $0 + x.doubles[$1] } / count
      let variance = elements.reduce(0) { $0 + (x.doubles[$1] - mean) * (x.doubles[$1] - mean) }
      let inverse = 1 / (variance / count + p.epsilon).squareRoot()
      (statistics.doubles[2 * group], statistics.doubles[2 * group + 1]) = (mean, inverse)
      for i in elements {
        let c = i % p.channels
        let z = p.gain.doubles[c] * (x.doubles[i] - mean) * inverse + p.bias.doubles[c]
        y.doubles[i] = p.appliesSiLU ? definition(of: .silu)(z) : z
      }
    }
  }

  package static func normalizeChannelsGradient(
    _ p: ChannelNormalization, _ x: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    statistics: UnsafeRawPointer, to dx: UnsafeMutableRawPointer?, accumulating: Bool,
    gain: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?,
    workspace: UnsafeMutableRawPointer
  ) {
    forEachGroup(p) { group, elements in
      let (mean, inverse) = (statistics.doubles[2 * group], statistics.doubles[2 * group + 1])
      let n = elements.map { (x.doubles[$0] - mean) * inverse }
      let dz = zip(elements, n).map { i, n in
        let z = p.gain.doubles[i % p.channels] * n + p.bias.doubles[i % p.channels]
        return dy.doubles[i] * (p.appliesSiLU ? derivativeDefinition(of: .silu)(z) : 1)
      }
      for ((i, n), dz) in zip(zip(elements, n), dz) {
        gain?.doubles[i % p.channels] += dz * n
        bias?.doubles[i % p.channels] += dz
      }
      let g = zip(elements, dz).map { p.gain.doubles[$0 % p.channels] * $1 }
      let count = Double(elements.count)
      let mean1 = g.reduce(0, +) / count
      let mean2 = zip(g, n).reduce(0) { $0 + $1.0 * $1.1 } / count
      guard let dx = dx?.doubles else { return }
      for ((i, n), g) in zip(zip(elements, n), g) {
        dx[i] = inverse * (g - mean1 - n * mean2) + (accumulating ? dx[i] : 0)
      }
    }
  }

  /// Calls `body` with each group of each image and its elements.
  private static func forEachGroup(
    _ p: ChannelNormalization, _ body: (_ group: Int, _ elements: [Int]) -> Void
  ) {
    let width = p.groups == 0 ? 0 : p.channels / p.groups
    for image in 0..<p.images {
      for group in 0..<p.groups {
        let elements = (0..<p.pixels * width).map {
          (image * p.pixels + $0 / width) * p.channels + group * width + $0 % width
        }
        body(image * p.groups + group, elements)
      }
    }
  }
}
