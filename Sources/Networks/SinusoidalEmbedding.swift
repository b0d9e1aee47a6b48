import Kernels
import Tensors

/// Fixed sinusoids of every column, [sin(s x f), cos(s x f)] for each, side by side.
///
///     f_k = 10000^(-k / (count - 1)),  k = 0 … count - 1
///
/// Reference: Vaswani et al. (2017), arXiv:1706.03762, section 3.5, with these frequencies as in
/// Akhound-Sadegh et al. (2024), arXiv:2402.06121
package struct SinusoidalEmbedding: Layer {
  /// Frequencies; a column becomes twice as many.
  package let count: Int
  private let frequencies: [Double]

  /// - Parameter scale: s, what columns are multiplied by before the frequencies.
  package init(count: Int, scale: Double = 1) {
    self.count = count
    let step = scalarLog(10_000) / Double(max(1, count - 1))
    frequencies = (0..<count).map { scale * scalarExp(-step * Double($0)) }
  }

  /// - Parameter x: [rows, columns].
  /// - Returns: [rows, 2 count columns].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let (rows, columns) = (x.shape[0], x.shape[1])
    let angles = tape.multiply(
      tape.reshape(x, Shape(rows, columns, 1)), tape.constant(frequencies, Shape(count)))
    return tape.reshape(tape.waves(angles), Shape(rows, 2 * count * columns))
  }
}
