import KernelTables
import Kernels

extension Initializer {
  /// Writes the initial values of a parameter.
  func draw(_ stream: RandomStream, to target: UnsafeMutablePointer<Float>, count: Int) {
    let kernels = InstructionSet.active.kernels
    switch self {
    case .constant(let value):
      target.initialize(repeating: Float(value), count: count)
    case .normal(let standardDeviation):
      kernels.normals(key: stream.key, step: 0, firstRow: 0, rows: 1, columns: count, to: target)
      for i in 0..<count { target[i] *= Float(standardDeviation) }
    case .uniform(let bound):
      kernels.uniforms(key: stream.key, step: 0, firstRow: 0, rows: 1, columns: count, to: target)
      for i in 0..<count { target[i] = (2 * target[i] - 1) * Float(bound) }
    case .truncatedNormal(let standardDeviation):
      drawInside(stream, to: target, count: count)
      for i in 0..<count { target[i] *= Float(standardDeviation) }
    }
  }

  /// The first of each element's normals, one a step, that is at most 2 in magnitude.
  private func drawInside(
    _ stream: RandomStream, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    let kernels = InstructionSet.active.kernels
    let drawn = UnsafeMutablePointer<Float>.allocate(capacity: max(1, count))
    defer { drawn.deallocate() }
    target.initialize(repeating: .infinity, count: count)
    var step: UInt32 = 0
    while (0..<count).contains(where: { target[$0].magnitude > 2 }) {
      kernels.normals(
        key: stream.key, step: step, firstRow: 0, rows: 1, columns: count, to: drawn)
      for i in 0..<count where target[i].magnitude > 2 { target[i] = drawn[i] }
      step += 1
    }
  }
}
