import Metrics

/// Something whose figures tables show: of a seed of an experiment, of a cell of a suite.
public protocol FigureSource {
  /// The metric of a name.
  func metric(_ name: String) -> Metric?
  /// Density evaluations.
  var energyCalls: Int { get }
  /// Score evaluations.
  var gradientCalls: Int { get }
  /// Seconds spent on them.
  var trainingSeconds: Double { get }
}

extension FigureSource {
  /// The figure of a name, nil where the density or the method does not have it.
  public subscript(name: FigureName) -> ReproducedFigure? {
    switch name {
    case .boundError: metric("elbo").flatMap { ReproducedFigure(errorOf: $0) }
    case .weightedError: metric("log-normalizer").flatMap { ReproducedFigure(errorOf: $0) }
    case .gap: gap
    case .energyCalls: ReproducedFigure(Double(energyCalls))
    case .gradientCalls: ReproducedFigure(Double(gradientCalls))
    case .trainingTime: ReproducedFigure(trainingSeconds)
    case .elbo, .eubo, .logNormalizer, .wasserstein2, .modesFound, .modeWeightDistance:
      metric(name.rawValue).map { ReproducedFigure($0) }
    }
  }

  private var gap: ReproducedFigure? {
    guard let upper = metric("eubo"), let lower = metric("elbo") else { return nil }
    return ReproducedFigure(upper, minus: lower)
  }
}

extension Sequence where Element: FigureSource {
  /// The mean of a figure, and that of its floors; the figure itself where there is only one.
  public func mean(_ name: FigureName) -> ReproducedFigure? {
    let figures = compactMap { $0[name] }
    guard let first = figures.first else { return nil }
    if figures.count == 1 { return first }
    let floors = figures.compactMap(\.floor)
    return ReproducedFigure(
      average(figures.map(\.value)), floor: floors.isEmpty ? nil : average(floors),
      truth: first.truth)
  }

  /// Standard deviation of a figure, of a sample; nil for a single one.
  public func standardDeviation(_ name: FigureName) -> Double? {
    let values = compactMap { $0[name]?.value }
    guard values.count > 1 else { return nil }
    let mean = average(values)
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    return (squares.reduce(0, +) / Double(values.count - 1)).squareRoot()
  }

  private func average(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }
}
