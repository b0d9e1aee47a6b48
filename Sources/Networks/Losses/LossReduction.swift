import Tensors

/// What becomes of the losses of single elements.
///
/// `BatchTrainer` adds what its blocks return and divides by the rows of the batch. So a block returns a
/// sum over rows: `rowMeans` trains on what other frameworks call the mean, `sum` on the sum over
/// columns.
package enum LossReduction: Sendable {
  /// The sum over all elements.
  case sum
  /// The sum over rows of the mean over the last axis.
  case rowMeans
  /// The mean over all elements.
  case mean
}

extension Tape {
  /// One number from the losses of elements, [rows …, columns] or, for one loss a row, [rows, 1].
  package func reduce(_ losses: Tensor, _ reduction: LossReduction) -> Tensor {
    let total = sum(losses)
    switch reduction {
    case .sum: return total
    case .rowMeans: return scale(total, by: 1 / Double(max(1, losses.shape.columns)))
    case .mean: return scale(total, by: 1 / Double(max(1, losses.count)))
    }
  }
}
