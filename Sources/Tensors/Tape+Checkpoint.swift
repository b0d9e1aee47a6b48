extension Tape {
  /// A part of a computation whose activations are not kept but computed again for the gradient.
  ///
  /// Costs one more evaluation of `body` in reverse mode and saves the memory of everything between
  /// its input and its output. Same bits as without, since the same operations run again.
  /// Where x moves (forward mode), everything is kept instead.
  /// - Parameters:
  ///   - x: The only intermediate variable that `body` may use; parameters are free.
  ///   - body: Operations of the tape it is given; called once, and once more for the gradient. It must not
  ///     hold the tape, which holds it.
  package func checkpoint(_ x: Tensor, _ body: @escaping (Tape, Tensor) -> Tensor) -> Tensor {
    guard isRecording, !follows(x) else { return body(self, x) }
    let anchor = x.isVariable ? x : variable(x)
    let output = onlyResult { body(self, x.detached) }
    checkpoints.append(body)
    return record(
      output, anchor, numbers: (checkpoints.count - 1, 0), backward: checkpointBackward)
  }
}

extension Tape {
  /// What `body` computes, without a record, and without the memory of what lies between.
  func onlyResult(_ body: () -> Tensor) -> Tensor {
    let (wasRecording, mark) = (isRecording, arena.mark)
    isRecording = false
    let result = body()
    isRecording = wasRecording
    arena.rewind(to: mark)
    let output = allocate(result.shape)
    output.data.copyMemory(from: result.data, byteCount: result.byteCount)
    return output
  }
}

private func checkpointBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let x = node.inputs.0
  _ = tape.gradient(of: x)
  let body = tape.checkpoints[node.numbers.0]
  tape.replay(seed: dy) { body(tape, x) }
}
