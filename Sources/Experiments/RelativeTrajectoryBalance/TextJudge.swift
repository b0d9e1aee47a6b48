import Densities
import Kernels
import Metrics
import Samplers

/// Judges texts under a constraint: against the enumerated posterior where there is one.
///
/// Distances are total variations between shares of texts. A prior's own posterior is its draws with weights r: what
/// a posterior under the trained prior can come near to.
struct TextJudge {
  static let columns = [
    "TV to exact posterior", "TV to the prior's own", "log Z error", "E[log r]", "different texts",
    "effective share", "training s",
  ]

  private let constraint: any TokenDensity
  private let known: (any MultimodalDensity & NormalizedDensity & SamplableDensity)?

  init(_ constraint: any TokenDensity) {
    self.constraint = constraint
    known = constraint as? any MultimodalDensity & NormalizedDensity & SamplableDensity
  }

  /// The figures of some draws, in the order of the columns.
  /// - Parameters:
  ///   - logWeights: Of draws of a posterior; empty for others.
  ///   - own: Draws of the prior with their weights; nil where there are none.
  func row(
    _ label: String, _ x: [Float], logDensity: [Double], logWeights: [Double] = [],
    own: WeightedTexts? = nil, seconds: Double? = nil
  ) -> StudyTable.Row {
    let hasWeights = !logWeights.isEmpty
    return StudyTable.Row(
      label: label,
      values: [
        known.map { distance(shares(x, $0), $0.modeWeights) },
        known.flatMap { known in own.map { distance(shares(x, known), $0.shares(known)) } },
        hasWeights ? logNormalizer(own).map { (logMean(logWeights) - $0).magnitude } : nil,
        logDensity.reduce(0, +) / Double(max(1, logDensity.count)), shareOfDifferent(x),
        hasWeights ? effectiveShare(logWeights) : nil, seconds,
      ])
  }

  /// The true one, or that of the prior's draws where it is not known.
  private func logNormalizer(_ own: WeightedTexts?) -> Double? {
    known?.logNormalizer ?? own.map { logMean($0.logDensity) }
  }

  /// The draws of the prior with weights r, as a posterior.
  /// - Parameter resampled: So many of them as others are judged by, kept by weight.
  func weightedRow(
    _ label: String, _ own: WeightedTexts, resampled: [Float]
  ) -> StudyTable.Row {
    let top = own.logDensity.max() ?? 0
    let weights = own.logDensity.map { scalarExp($0 - top) }
    let mean = zip(weights, own.logDensity).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
    return StudyTable.Row(
      label: label,
      values: [
        known.map { distance(own.shares($0), $0.modeWeights) }, known.map { _ in 0 },
        known.map { (logMean(own.logDensity) - $0.logNormalizer).magnitude }, mean,
        shareOfDifferent(resampled), effectiveShare(own.logDensity), nil,
      ])
  }

  /// So many exact draws, whose distance is the floor; nil where the posterior is not known.
  func exactRow(_ count: Int, _ seed: UInt64) throws -> StudyTable.Row? {
    guard let known else { return nil }
    var x = [Float](repeating: 0, count: count * known.dimension)
    known.sample(
      count, firstRow: 0, RandomStream(seed: seed).folding(.exactSamples), into: &x)
    return row("exact posterior: draws", x, logDensity: try logConstraint(x))
  }

  /// log r.
  func logConstraint(_ x: [Float]) throws -> [Double] { try constraint.logDensity(of: x) }

  private func shares(_ x: [Float], _ known: some MultimodalDensity) -> [Double] {
    ModeWeights(x, known).shares
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + 0.5 * ($1.0 - $1.1).magnitude }
  }

  /// Different texts of those that are drawn, as a share.
  private func shareOfDifferent(_ x: [Float]) -> Double {
    let d = constraint.dimension
    let texts = stride(from: 0, to: x.count, by: d).map { x[$0..<$0 + d] }
    return Double(Set(texts).count) / Double(max(1, texts.count))
  }
}

/// Draws of a prior, and what the constraint says of them.
struct WeightedTexts {
  /// [count, D].
  let x: [Float]
  /// log r, [count].
  let logDensity: [Double]

  /// The weighted share of each text.
  func shares(_ known: some MultimodalDensity) -> [Double] {
    WeightedModes(x, logWeights: logDensity, known).masses
  }
}
