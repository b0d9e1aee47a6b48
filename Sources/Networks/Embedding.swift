import Tensors

/// A learned row for each of a number of symbols, and the scores of symbols by the same rows.
///
/// The table is [count, width] and begins standard normal, as in PyTorch.
/// Reference for the tied output: Press and Wolf (2017), *Using the output embedding to improve
/// language models*, arXiv:1608.05859
package struct Embedding: Sendable {
  let table: Parameter

  /// Declares the parameter `name.table`.
  package init(
    _ name: String, count: Int, width: Int, start: Initializer = .normal(standardDeviation: 1),
    in set: ParameterSet
  ) {
    table = set.add(name + ".table", Shape(count, width), start)
  }

  /// The rows of symbols.
  /// - Parameters:
  ///   - symbols: Numbers below `count`, sequence after sequence.
  ///   - batch: How many sequences.
  /// - Returns: [batch, places, width].
  package func callAsFunction(_ symbols: Indices, batch: Int, _ context: Context) -> Tensor {
    let rows = context.tape.gather(context[table], symbols)
    return context.tape.reshape(
      rows, Shape(batch, symbols.count / max(1, batch), table.shape[1]))
  }

  /// The score of every symbol: x Eᵀ with the same table E.
  /// - Parameter x: [… , width].
  /// - Returns: [… , count].
  package func scores(of x: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let rows = tape.reshape(x, Shape(x.shape.rows, x.shape.columns))
    let scores = tape.product(rows, context[table], transposingB: true)
    return tape.reshape(scores, x.shape.replacing(axis: -1, with: table.shape[0]))
  }
}
