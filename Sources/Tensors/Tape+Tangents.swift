// Forward mode. A tensor may have a tangent: its derivative along one direction of the inputs. An
// operation whose input has one calls `pushForward` with its rule, a linear function of the
// input's tangent written in operations of the tape. So a tangent is a tensor like any other:
// reverse mode goes through it, which gives second derivatives (see `Derivatives.swift`).
//
// Limit: tangents have no tangents; a direction of a direction takes reverse mode.

extension Tape {
  /// The same tensor, moving in a direction.
  /// - Parameter tangent: Same shape as x.
  package func moving(_ x: Tensor, along tangent: Tensor) -> Tensor {
    precondition(tangent.shape == x.shape, "a tangent has its tensor's shape")
    tangents.append(
      Tensor(data: tangent.data, shape: tangent.shape, type: type, node: tangent.node))
    return Tensor(
      data: x.data, shape: x.shape, type: type, node: x.node, tangentIndex: tangents.count - 1)
  }

  /// The tangent of a tensor; nil where it does not move.
  package func tangent(of x: Tensor) -> Tensor? { x.hasTangent ? tangents[x.tangentIndex] : nil }

  /// Whether an operation on x has to compute a tangent.
  package func follows(_ x: Tensor) -> Bool { followsTangents && x.hasTangent }

  /// Gives an output the tangent that follows from its input's.
  /// - Parameter rule: From the tangent of `x` to that of `y`, in operations of this tape.
  package func pushForward(_ y: Tensor, _ x: Tensor, _ rule: (Tensor) -> Tensor) -> Tensor {
    guard follows(x) else { return y }
    return moving(y, along: evaluate(rule, at: x))
  }

  /// Gives an output the sum of the tangents that follow from its inputs'.
  package func pushForward(
    _ y: Tensor, _ a: Tensor, _ aRule: (Tensor) -> Tensor, _ b: Tensor,
    _ bRule: (Tensor) -> Tensor
  ) -> Tensor {
    guard follows(b) else { return pushForward(y, a, aRule) }
    guard follows(a) else { return pushForward(y, b, bRule) }
    let (fromA, fromB) = (evaluate(aRule, at: a), evaluate(bRule, at: b))
    return moving(y, along: withoutTangents { add(fromA, fromB) })
  }

  /// Adds to the tangent of an output what follows from one more input.
  package func pushForwardAdding(
    _ y: Tensor, _ x: Tensor, _ rule: (Tensor) -> Tensor
  ) -> Tensor {
    guard follows(x) else { return y }
    let added = evaluate(rule, at: x)
    guard let tangent = tangent(of: y) else { return moving(y, along: added) }
    return moving(y, along: withoutTangents { add(tangent, added) })
  }

  private func evaluate(_ rule: (Tensor) -> Tensor, at x: Tensor) -> Tensor {
    withoutTangents { rule(tangents[x.tangentIndex]) }
  }

  private func withoutTangents(_ body: () -> Tensor) -> Tensor {
    followsTangents = false
    defer { followsTangents = true }
    return body()
  }
}
