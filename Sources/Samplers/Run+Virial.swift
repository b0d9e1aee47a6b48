import Densities
import Kernels
import Metrics

extension Run {
  /// The virial identity at the draws; nothing for a density without a score.
  func virialFigure(
    _ draws: Draws, _ counted: CountedDensity, _ config: EvaluationConfig
  ) throws -> [Metric] {
    guard counted.differentiable != nil else { return [] }
    let (n, d) = (min(draws.count, config.transportSamples), draws.dimension)
    var (values, score) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n * d))
    let x = Array(draws.x.prefix(n * d))
    try x.withUnsafeBufferPointer { x in
      try values.withUnsafeMutableBufferPointer { values in
        try score.withUnsafeMutableBufferPointer { score in
          guard let x = x.baseAddress, let values = values.baseAddress,
            let score = score.baseAddress
          else { return }
          try counted.score(of: Points(x, count: n, dimension: d), logDensity: values, into: score)
        }
      }
    }
    return [virial(x, score: score, dimension: d, freedom: Double(d))]
  }
}
