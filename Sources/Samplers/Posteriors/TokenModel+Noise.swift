import Diffusions
import Kernels

extension TokenModel {
  /// The chance of a token of x_{i+1} to survive until x_i; nothing is left of it in x_0.
  private func survival(_ step: Int) -> Double {
    step == 0 ? 0 : reversal.diffusion.step(step, of: steps).ratio
  }

  package func noise(
    _ step: Int, _ rows: StepRows, from next: UnsafePointer<Float>, _ stream: RandomStream,
    into states: UnsafeMutablePointer<Float>
  ) {
    let diffusion = reversal.diffusion
    for row in 0..<rows.count {
      let (z, x) = (next + row * dimension, states + row * dimension)
      let place = noisedPlace(z, rows.first + row, step, stream)
      for i in 0..<dimension {
        x[i] = i == place ? Float(diffusion.mask) : z[i]
        guard i >= prefix.count, diffusion.noise != .ordered else { continue }
        var words = stream.words(
          of: .uniform, step: UInt32(step), row: rows.first + row, column: i)
        x[i] = Float(diffusion.noise(Int(z[i]), survival: survival(step), &words))
      }
    }
  }

  /// The place that becomes the mask under ordered noise.
  private func noisedPlace(
    _ z: UnsafePointer<Float>, _ row: Int, _ step: Int, _ stream: RandomStream
  ) -> Int? {
    guard reversal.diffusion.noise == .ordered else { return nil }
    let places = revealed(z)
    guard !places.isEmpty else { return nil }
    return places[stream.draw(IntegerBelow(places.count), step: UInt32(step), row: row)]
  }

  private func revealed(_ z: UnsafePointer<Float>) -> [Int] {
    (prefix.count..<dimension).filter { Int(z[$0]) != reversal.diffusion.mask }
  }

  package func noiseLogProbabilities(
    _ step: Int, _ rows: StepRows, of states: UnsafePointer<Float>,
    from next: UnsafePointer<Float>, into logProbabilities: UnsafeMutablePointer<Double>
  ) {
    let diffusion = reversal.diffusion
    for row in 0..<rows.count {
      let (z, x) = (next + row * dimension, states + row * dimension)
      if diffusion.noise == .ordered {
        logProbabilities[row] = -scalarLog(Double(max(1, revealed(z).count)))
        continue
      }
      logProbabilities[row] = (prefix.count..<dimension).reduce(0) {
        $0 + scalarLog(diffusion.noised(Int(z[$1]), to: Int(x[$1]), survival: survival(step)))
      }
    }
  }
}
