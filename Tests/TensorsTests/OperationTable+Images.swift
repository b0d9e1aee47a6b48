import Tensors

extension Operation {
  /// Convolutions and what goes with them.
  static let images = convolutions + transposedConvolutions + resizing + channelNormalizations

  /// A convolution at a size of the image.
  private static func convolution(
    _ name: String, _ window: ImageWindow, groups: Int = 1, channels: (Int, Int) = (2, 3),
    hasBias: Bool = true, image: @escaping @Sendable (Int) -> (Int, Int)
  ) -> Operation {
    Operation(
      testDescription: "convolution, \(name)",
      shapes: { size in
        let (height, width) = image(size)
        return [
          Shape(2, height, width, channels.0),
          Shape(window.kernel[0], window.kernel[1], channels.0 / groups, channels.1),
        ] + (hasBias ? [Shape(channels.1)] : [])
      },
      apply: { tape, x in
        tape.convolution(
          x[0], weight: x[1], bias: hasBias ? x[2] : nil,
          transpose: tape.transpose(x[1].detached).data, window: window, groups: groups)
      })
  }

  private static let convolutions = [
    convolution("3 by 3", ImageWindow(square: 3, padding: 1)) { (3, $0) },
    convolution("3 by 3 without padding or bias", ImageWindow(square: 3), hasBias: false) {
      ($0 + 2, 3)
    },
    convolution("strides", ImageWindow(square: 3, stride: 2, padding: 1)) { (4, $0) },
    convolution(
      "all different",
      ImageWindow(kernel: [2, 3], stride: [3, 2], padding: [1, 0], dilation: [1, 2])
    ) { ($0, 7) },
    convolution("1 by 1", ImageWindow(square: 1)) { (1, $0) },
    convolution("1 by 1 that skips pixels", ImageWindow(square: 1, stride: 3)) { (2, $0) },
    convolution(
      "groups", ImageWindow(square: 3, padding: 1), groups: 2, channels: (4, 6)
    ) { (2, $0) },
    convolution(
      "depthwise", ImageWindow(square: 3, padding: 2), groups: 3, channels: (3, 3)
    ) { ($0, 2) },
    Operation(
      testDescription: "convolution, many channels",
      shapes: { [Shape(1, 2, 2, $0), Shape(1, 2, $0, 5)] },
      apply: { tape, x in
        tape.convolution(
          x[0], weight: x[1], bias: nil, transpose: tape.transpose(x[1].detached).data,
          window: ImageWindow(kernel: [1, 2]))
      }),
    Operation(
      testDescription: "convolution of an image that is used twice",
      shapes: { [Shape(1, 2, $0, 2), Shape(3, 3, 2, 2)] },
      apply: { tape, x in
        let y = tape.convolution(
          tape.gelu(x[0]), weight: x[1], bias: nil, transpose: tape.transpose(x[1].detached).data,
          window: ImageWindow(square: 3, padding: 1))
        return tape.add(y, tape.gelu(x[0]))
      }),
  ]

  private static func transposed(
    _ name: String, _ window: ImageWindow, groups: Int = 1, channels: (Int, Int) = (3, 2),
    extra: SIMD2<Int> = [0, 0], image: @escaping @Sendable (Int) -> (Int, Int)
  ) -> Operation {
    Operation(
      testDescription: "transposed convolution, \(name)",
      shapes: { size in
        let (height, width) = image(size)
        return [
          Shape(2, height, width, channels.0),
          Shape(window.kernel[0], window.kernel[1], channels.0, channels.1 / groups),
          Shape(channels.1),
        ]
      },
      apply: { tape, x in
        tape.transposedConvolution(
          x[0], weight: x[1], bias: x[2], transpose: tape.transpose(x[1].detached).data,
          window: window, groups: groups, size: window.size(of: x[0].shape.imageSize) &+ extra)
      })
  }

  private static let transposedConvolutions = [
    transposed("doubling", ImageWindow(square: 4, stride: 2, padding: 1)) { (2, $0 + 1) },
    transposed(
      "a window smaller than its stride", ImageWindow(square: 2, stride: 3), extra: [1, 2]
    ) { ($0 + 1, 2) },
    transposed(
      "groups and dilation", ImageWindow(square: 3, padding: 1, dilation: 2), groups: 2,
      channels: (4, 2)
    ) { (3, $0 + 1) },
  ]

  private static let resizing = [
    Operation(
      testDescription: "nearest-neighbour doubling", shapes: { [Shape(2, 2, $0, 3)] },
      apply: { tape, x in tape.apply(.sine, tape.upsampled(x[0], by: 2)) }),
    Operation(
      testDescription: "average of windows", shapes: { [Shape(2, $0, 5, 2)] },
      apply: { tape, x in
        let window = ImageWindow(square: 3, stride: 2, padding: 1)
        return tape.apply(.sine, tape.averagePool(x[0], window))
      }),
    Operation(
      testDescription: "maximum of windows", step: 1e-6, shapes: { [Shape(2, 4, $0, 2)] },
      apply: { tape, x in
        let window = ImageWindow(square: 3, stride: 2, padding: 1)
        return tape.apply(.sine, tape.maximumPool(x[0], window))
      }),
  ]

  private static let channelNormalizations = [false, true].flatMap { appliesSiLU in
    [(groups: 1, width: 3), (groups: 2, width: 4), (groups: 3, width: 3)].map { groups, width in
      Operation(
        testDescription:
          "group normalisation, \(groups) of \(width)\(appliesSiLU ? ", and SiLU" : "")",
        shapes: { [Shape(2, 2, $0, width), Shape(width), Shape(width)] },
        apply: { tape, x in
          tape.groupNormalization(
            x[0], gain: x[1], bias: x[2], groups: groups, epsilon: 0.3, appliesSiLU: appliesSiLU)
        })
    }
  }
}
