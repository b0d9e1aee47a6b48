import Densities
import Kernels
import Metrics

// What a run draws, as charts.

extension RunReport {
  private static let coordinates = 6
  private static let parts = 60

  /// Histograms of the first coordinates, and the first two against each other.
  var marginals: String {
    let exact = exactSamples
    var drawings = (0..<min(Self.coordinates, draws.dimension)).map { marginal($0, exact) }
    if draws.dimension > 1 { drawings.append(cloud(exact)) }
    let note =
      exact.isEmpty
      ? "The density has no exact samples to compare with."
      : "Lines: as many exact samples."
    return element("p", ["class": "dim"], escaped(note)) + charts(drawings)
  }

  private func marginal(_ coordinate: Int, _ exact: [Float]) -> String {
    let (ours, theirs) = (column(coordinate, of: draws.x), column(coordinate, of: exact))
    let (low, high) = range(of: ours + theirs, leaving: 0.001)
    let drawn = Histogram(ours, from: low, to: high, parts: Self.parts)
    let truth = theirs.isEmpty ? nil : Histogram(theirs, from: low, to: high, parts: Self.parts)
    let tallest = (drawn.densities + (truth?.densities ?? [])).max() ?? 1
    var chart = Chart(
      "Coordinate \(coordinate + 1): \(grouped(ours.count)) draws"
        + (truth == nil ? "." : ", and exact samples as a line."),
      x: Axis("x\(coordinate + 1)", from: low, to: high),
      y: Axis("share per unit", from: 0, to: max(1e-300, 1.08 * tallest)))
    chart.addHistogram(drawn)
    if let truth { chart.addLine(truth.outline, "second") }
    return chart.markup
  }

  private func cloud(_ exact: [Float]) -> String {
    let count = min(1500, draws.count)
    func points(_ x: [Float]) -> [(Double, Double)] {
      Array(zip(column(0, of: x), column(1, of: x)).prefix(count))
    }
    let (ours, theirs) = (points(draws.x), points(exact))
    let across = range(of: (ours + theirs).map(\.0), leaving: 0.002)
    let up = range(of: (ours + theirs).map(\.1), leaving: 0.002)
    var chart = Chart(
      "The first two coordinates: \(grouped(ours.count)) draws"
        + (theirs.isEmpty ? "." : " over as many exact samples, in the other colour."),
      x: Axis("x1", from: across.low, to: across.high), y: Axis("x2", from: up.low, to: up.high))
    chart.addDots(theirs, radius: 1.4, "second-dot")
    chart.addDots(ours, radius: 1.4, "first-dot")
    return chart.markup
  }

  private func column(_ coordinate: Int, of x: [Float]) -> [Double] {
    stride(from: coordinate, to: x.count, by: draws.dimension).map { Double(x[$0]) }
  }

  private var exactSamples: [Float] {
    guard let density = run.known as? any SamplableDensity else { return [] }
    var x = [Float](repeating: 0, count: draws.count * draws.dimension)
    x.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      density.sample(
        draws.count, firstRow: 0, RandomStream(seed: 0).folding(.exactSamples), into: base)
    }
    return x
  }

  /// The share of the draws in each mode, where modes are known.
  var modes: String? {
    guard let density = run.known as? any MultimodalDensity, density.modeCount > 1 else {
      return nil
    }
    let found = ModeWeights(draws.x, density)
    let numbers = found.shares.indices.map { Double($0) }
    var chart = Chart(
      "Share of the draws in each mode, as columns; its mass as dots."
        + (found.factors > 1 ? " Modes of each factor stand side by side." : ""),
      x: Axis("mode", from: -0.6, to: Double(numbers.count) - 0.4),
      y: Axis("share", from: 0, to: 1.08 * (found.shares + found.truth).reduce(0, max)))
    for (mode, share) in found.shares.enumerated() {
      chart.addColumn(from: Double(mode) - 0.4, to: Double(mode) + 0.4, share, "first-area")
    }
    chart.addDots(Array(zip(numbers, found.truth)), radius: 2.5, "second-dot")
    return charts([chart.markup])
  }

  /// How the log-weights are spread.
  var weights: String {
    let mean = draws.logWeights.reduce(0, +) / Double(draws.count)
    let centred = draws.logWeights.map { $0 - mean }
    let (low, high) = range(of: centred, leaving: 0.001)
    let spread = Histogram(centred, from: low, to: high, parts: Self.parts)
    var chart = Chart(
      "Log-weights about their mean, \(figure(mean)) nats: the narrower, the closer to exact.",
      x: Axis("nats", from: low, to: high),
      y: Axis("share per nat", from: 0, to: 1.08 * (spread.densities.max() ?? 1)))
    chart.addHistogram(spread)
    return charts([chart.markup])
  }

  func charts(_ drawings: [String]) -> String {
    element("div", ["class": "charts"], drawings.joined(separator: "\n"))
  }
}
