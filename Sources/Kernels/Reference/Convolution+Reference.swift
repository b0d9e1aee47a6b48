import KernelTables

extension ReferenceKernels {
  package static func slide(_ w: SlidingWindows, from start: WindowStart) {
    forEachWindow(w) { n, u, v in
      let output = w.output.data.doubles + w.outputOffset(n, u, v)
      for j in 0..<w.channels {
        var sum =
          switch start {
          case .zero: 0.0
          case .bias(let bias): bias.doubles[j]
          case .output: output[j]
          }
        for tap in w.taps {
          guard let pixel = w.inputOffset(n, u, v, tap) else { continue }
          for k in 0..<w.depth {
            let weight = w.weights.doubles[tap.weight + k * w.weightStride + j]
            sum = sum.addingProduct(w.input.data.doubles[pixel + k], weight)
          }
        }
        output[j] = sum
      }
    }
  }

  package static func accumulateWeights(of w: SlidingWindows, isMirrored: Bool) {
    forEachWindow(w) { n, u, v in
      let output = w.output.data.doubles + w.outputOffset(n, u, v)
      for tap in w.taps {
        guard let pixel = w.inputOffset(n, u, v, tap) else { continue }
        for k in 0..<w.depth {
          for j in 0..<w.channels {
            let place = isMirrored ? j * w.weightStride + k : k * w.weightStride + j
            w.weights.doubles[tap.weight + place] += w.input.data.doubles[pixel + k] * output[j]
          }
        }
      }
    }
  }

  private static func forEachWindow(
    _ w: SlidingWindows, _ body: (_ n: Int, _ u: Int, _ v: Int) -> Void
  ) {
    for n in 0..<w.images {
      for u in 0..<w.rows {
        for v in 0..<w.columns { body(n, u, v) }
      }
    }
  }
}

extension SlidingWindows {
  /// The element at which a window's output pixel begins.
  fileprivate func outputOffset(_ n: Int, _ u: Int, _ v: Int) -> Int {
    let (y, x) = (u * outputStep.y + outputFirst.y, v * outputStep.x + outputFirst.x)
    return ((n * output.height + y) * output.width + x) * output.pixelStride
  }

  /// The element at which the pixel begins that a window's tap reads; nil outside the image.
  fileprivate func inputOffset(_ n: Int, _ u: Int, _ v: Int, _ tap: Tap) -> Int? {
    let (y, x) = (u * inputStep.y + tap.y, v * inputStep.x + tap.x)
    guard (0..<input.height).contains(y), (0..<input.width).contains(x) else { return nil }
    return ((n * input.height + y) * input.width + x) * input.pixelStride
  }
}
