import Tensors

/// Long short-term memories that share one state: each proposes the next, and scores mix them.
///
///     [i f g o]_m = x W_m + b_m + h U_m + d_m,  (h, c)_m as in `LSTMCell` from the shared c
///     (h′, c′) = Σ_m p_m (h, c)_m
///
/// The scores p are given, or each module judges itself: p = softmax over modules of
/// Linear_m(ReLU [x W_m + b_m | h U_m + d_m]). Grouped layers begin as `GroupedLinear` says.
/// Reference: Mittal, Bengio and Lajoie (2022), *Is a Modular Architecture Enough?*,
/// arXiv:2206.02713
package struct ModularLSTMCell: RecurrentCell {
  package let width: Int
  let input: GroupedLinear
  let hidden: GroupedLinear
  let score: GroupedLinear?

  /// Declares the layers `name.input`, `name.hidden` and, where modules judge themselves, `name.score`.
  package init(
    _ name: String, modules: Int, inputs: Int, width: Int, judgesItself: Bool,
    in set: ParameterSet
  ) {
    self.width = width
    input = GroupedLinear(
      name + ".input", groups: modules, inputs: inputs, outputs: 4 * width, in: set)
    hidden = GroupedLinear(
      name + ".hidden", groups: modules, inputs: width, outputs: 4 * width, in: set)
    score =
      judgesItself
      ? GroupedLinear(name + ".score", groups: modules, inputs: 8 * width, outputs: 1, in: set)
      : nil
  }

  package var stateColumns: Int { 2 * width }

  package func callAsFunction(_ x: Tensor, _ state: Tensor, _ context: Context) -> Tensor {
    step(x, state, scores: nil, context).state
  }

  /// One step, and the scores that mixed the modules.
  /// - Parameters:
  ///   - x: [rows, inputs].
  ///   - state: [h | c], [rows, 2 width].
  ///   - scores: p, [modules, rows], each row's sum 1; nil where modules judge themselves.
  /// - Returns: The state after the step, and p, [modules, rows].
  package func step(
    _ x: Tensor, _ state: Tensor, scores: Tensor?, _ context: Context
  ) -> (state: Tensor, scores: Tensor) {
    let tape = context.tape
    let (sent, kept) = (
      input(x, context), hidden(tape.slice(state, 0..<width), context)
    )
    guard let scores = scores ?? score.map({ judge($0, sent, kept, context) }) else {
      preconditionFailure("a modular cell that does not judge itself needs scores")
    }
    let proposals = tape.lstm(gates: tape.add(sent, kept), state: state)
    return (tape.sum(tape.scaleRows(proposals, by: scores), over: [0]), scores)
  }

  private func judge(
    _ score: GroupedLinear, _ sent: Tensor, _ kept: Tensor, _ context: Context
  ) -> Tensor {
    let tape = context.tape
    let features = tape.apply(.relu, tape.concatenate(sent, kept))
    let logits = score(features, context)
    let shares = tape.apply(
      .exponential, tape.subtract(logits, tape.logSumExp(logits, over: 0, keeping: true)))
    return tape.reshape(shares, Shape(sent.shape[0], sent.shape[1]))
  }
}
