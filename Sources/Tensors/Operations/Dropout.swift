import KernelTables
import Kernels

extension Tape {
  /// x / (1 - p) with each element set to 0 with probability p.
  ///
  /// An element's fate is a function of (stream, layer, row, column), so it depends neither on how a batch
  /// is cut into blocks nor on threads. The mean stays what it was.
  /// - Parameters:
  ///   - x: [rows …, columns].
  ///   - probability: p in [0, 1).
  ///   - layer: Keeps the layers of a network apart.
  ///   - firstRow: The first row's number in the whole batch.
  /// Reference: Srivastava et al. (2014), *Dropout*, section 4 and note 10 (inverted scaling)
  package func dropout(
    _ x: Tensor, probability: Double, random: RandomStream, layer: UInt32, firstRow: Int
  ) -> Tensor {
    precondition((0..<1).contains(probability), "dropout: a probability in [0, 1)")
    let chance = allocate(x.shape)
    kernels.uniforms(
      key: random.key, step: layer, firstRow: firstRow, rows: x.shape.rows,
      columns: x.shape.columns, to: chance.data)
    let survives = less(constant(probability), chance)
    return multiply(x, scale(survives, by: 1 / (1 - probability)))
  }
}
