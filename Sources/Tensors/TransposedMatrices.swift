import Kernels

/// The transposes of all matrices among parameters, at the offsets of their values.
///
/// All threads share the work where it is enough to wake them for.
final class TransposedMatrices: PooledWork, @unchecked Sendable {
  private struct Matrix {
    let offset, rows, columns: Int
  }

  /// Elements beyond which the pool does it.
  private static let shared = 1 << 18

  /// Laid out like the parameters; zero where there is no matrix.
  let values: UnsafeMutablePointer<Float>
  private let count: Int
  private let matrices: [Matrix]
  private var source: UnsafePointer<Float>

  /// - Parameter count: Elements of all parameters.
  init(of parameters: [Parameter], count: Int) {
    self.count = count
    values = .allocate(capacity: max(1, count))
    values.initialize(repeating: 0, count: max(1, count))
    source = UnsafePointer(values)
    matrices = parameters.filter { $0.shape.rank >= 2 }.flatMap(TransposedMatrices.matrices)
  }

  deinit { values.deallocate() }

  /// Makes all transposes anew.
  func refresh(from source: UnsafePointer<Float>) {
    self.source = source
    guard count >= TransposedMatrices.shared else {
      for index in matrices.indices { piece(index, 0) }
      return
    }
    ThreadPool.shared.run(matrices.count, self) {}
  }

  /// Transposes one matrix.
  func piece(_ index: Int, _ worker: Int) {
    let matrix = matrices[index]
    InstructionSet.active.kernels.transpose(
      source + matrix.offset, to: values + matrix.offset, rows: matrix.rows,
      columns: matrix.columns)
  }

  /// The matrices of a parameter: of its last two axes.
  private static func matrices(of parameter: Parameter) -> [Matrix] {
    let (rows, columns) = (parameter.shape[-2], parameter.shape[-1])
    return stride(from: 0, to: parameter.shape.count, by: max(1, rows * columns)).map {
      Matrix(offset: parameter.offset + $0, rows: rows, columns: columns)
    }
  }
}
