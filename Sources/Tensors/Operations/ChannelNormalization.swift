import KernelTables

extension Tape {
  /// Group normalisation: each image over its pixels and groups of adjacent channels.
  ///
  ///     n = (x - mean) r,  r = 1 / √(variance + ε),  z = gain n + bias
  ///     g = gain dz,  dx = r (g - mean(g) - n mean(g n)),  dgain = Σ dz n,  dbias = Σ dz
  ///
  /// The variance is the mean square, without correction, as in the common frameworks. One group is layer
  /// normalisation of images, as many groups as channels instance normalisation.
  /// - Parameters:
  ///   - x: [images, …, channels]; the axes between are the pixels.
  ///   - gain: [channels].
  ///   - bias: [channels].
  ///   - appliesSiLU: Whether z / (1 + exp(-z)) is taken of the result, without a pass of its own.
  /// Reference: Wu and He (2018), *Group normalization*, arXiv:1803.08494, eq. 1 to 7
  package func groupNormalization(
    _ x: Tensor, gain: Tensor, bias: Tensor, groups: Int, epsilon: Double = 1e-5,
    appliesSiLU: Bool = false
  ) -> Tensor {
    normalizedChannels(x, gain, bias, groups, epsilon, appliesSiLU).value
  }

  /// Group normalisation, and mean and r of each group, [images, groups, 2], as constants.
  package func normalizedChannels(
    _ x: Tensor, _ gain: Tensor, _ bias: Tensor, _ groups: Int, _ epsilon: Double,
    _ appliesSiLU: Bool
  ) -> (value: Tensor, statistics: Tensor) {
    let channels = x.shape.columns
    precondition(
      gain.count == channels && bias.count == channels && groups > 0 && channels % groups == 0,
      "groupNormalization: x is \(x.shape), \(groups) groups, gain \(gain.shape)")
    let statistics = allocate(Shape(x.shape[0], groups, 2))
    let plan = ChannelPlan(
      groups: groups, epsilon: epsilon, appliesSiLU: appliesSiLU, statistics: statistics.data)
    let y = allocate(x.shape)
    let kernelPlan = plan.kernelPlan(x, gain, bias)
    kernels.normalizeChannels(
      kernelPlan, x.data, to: y.data, statistics: statistics.data,
      workspace: workspace(kernelPlan))
    let recorded =
      records(x, gain, bias)
      ? record(y, x, gain, bias, saved: keep(plan), backward: channelsBackward) : y
    return (withTangents(recorded, x, gain, bias, plan), statistics)
  }

  fileprivate func workspace(_ plan: ChannelNormalization) -> UnsafeMutableRawPointer {
    arena.allocate(bytes: plan.workspaceCount * type.byteCount)
  }

  private func withTangents(
    _ y: Tensor, _ x: Tensor, _ gain: Tensor, _ bias: Tensor, _ plan: ChannelPlan
  ) -> Tensor {
    /// From a tangent of z to one of y.
    func activated(_ dz: Tensor) -> Tensor {
      guard plan.appliesSiLU else { return dz }
      let z = add(multiply(normal(x, plan).value, gain), bias)
      return multiply(dz, derivative(of: .silu, at: z, value: y))
    }
    return pushForwardAdding(
      pushForward(
        y, x, { activated(multiply(tangent(at: x, along: $0, plan), gain)) },
        gain, { activated(multiply(normal(x, plan).value, $0)) }),
      bias, { activated(broadcast($0, to: x.shape)) })
  }

  /// r (dx - mean(dx) - n mean(n dx)), in operations of the tape.
  private func tangent(at x: Tensor, along dx: Tensor, _ plan: ChannelPlan) -> Tensor {
    let (n, r) = normal(x, plan)
    let (grouped, split) = (plan.grouped(x.shape), reshape(dx, plan.grouped(x.shape)))
    let centred = subtract(split, mean(split, over: [1, 3], keeping: true))
    let normal = reshape(n, grouped)
    let along = multiply(normal, mean(multiply(normal, split), over: [1, 3], keeping: true))
    return reshape(multiply(subtract(centred, along), r), x.shape)
  }

  /// n shaped like x, and r, [images, 1, groups, 1], in operations of the tape.
  private func normal(_ x: Tensor, _ plan: ChannelPlan) -> (value: Tensor, inverse: Tensor) {
    let split = reshape(x, plan.grouped(x.shape))
    let centred = subtract(split, mean(split, over: [1, 3], keeping: true))
    let square = mean(apply(.square, centred), over: [1, 3], keeping: true)
    let inverse = apply(.reciprocal, apply(.squareRoot, affine(square, shift: plan.epsilon)))
    return (reshape(multiply(centred, inverse), x.shape), inverse)
  }
}

/// What the gradient of a normalisation needs to know.
private struct ChannelPlan: BitwiseCopyable {
  let groups: Int
  let epsilon: Double
  let appliesSiLU: Bool
  /// Mean and r of each group.
  let statistics: UnsafeMutableRawPointer

  /// [images, pixels, groups, channels of a group].
  func grouped(_ x: Shape) -> Shape {
    Shape(x[0], x.count(of: 1..<x.rank - 1), groups, x.columns / groups)
  }

  func kernelPlan(_ x: Tensor, _ gain: Tensor, _ bias: Tensor) -> ChannelNormalization {
    ChannelNormalization(
      images: x.shape[0], pixels: x.shape.count(of: 1..<x.shape.rank - 1),
      channels: x.shape.columns, groups: groups, epsilon: epsilon, gain: gain.data,
      bias: bias.data, appliesSiLU: appliesSiLU)
  }
}

private func channelsBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let ((x, gain, bias), plan) = (node.inputs, node.kept(as: ChannelPlan.self))
  let dx = x.isVariable ? tape.gradientBuffer(of: x) : nil
  let kernelPlan = plan.kernelPlan(x, gain, bias)
  tape.kernels.normalizeChannelsGradient(
    kernelPlan, x.data, dy, statistics: plan.statistics, to: dx?.data,
    accumulating: dx.map { !$0.isFresh } ?? false,
    gain: gain.isVariable ? tape.gradient(of: gain) : nil,
    bias: bias.isVariable ? tape.gradient(of: bias) : nil, workspace: tape.workspace(kernelPlan))
}
