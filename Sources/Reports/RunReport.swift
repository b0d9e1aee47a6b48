import Metrics
import Samplers
import Storage

/// A trained sampler on one page: what it is, how it was trained, what it draws, and how far to trust it.
public struct RunReport {
  let run: Run
  private let evaluation: Evaluation
  let draws: Draws
  private let provenance: JSONValue

  /// Judges a run and draws from it.
  /// - Parameters:
  ///   - overrides: Settings of the evaluation.
  ///   - provenance: Command, date and machine, as they are to be shown.
  /// - Throws: `ConfigError`, `NumericalError`, what `poll` throws.
  public init(
    _ run: Run, overrides: JSONValue = .object(JSONObject()), provenance: JSONValue,
    poll: () throws -> Void = {}
  ) throws {
    self.run = run
    self.provenance = provenance
    evaluation = try run.evaluate(overrides: overrides, poll: poll)
    let config = try resolve(EvaluationConfig(), overrides: overrides)
    draws = try run.sample(min(config.samples, 10_000), seed: config.seed, poll: poll)
  }

  /// The page: HTML that needs no other file.
  public var html: String {
    var page = Page(title: "\(run.density.name) by \(run.config.objective)")
    page.sections = [
      ("In short", summary), ("Verdicts", verdicts), ("Training", training),
      ("What it draws", marginals),
    ]
    if let modes { page.sections.append(("Modes", modes)) }
    page.sections.append(("Importance weights", weights))
    page.sections.append(("Configuration", configuration))
    page.sections.append(("Where this comes from", source))
    return page.text
  }

  private var summary: String {
    let counts = Verdict.allCases.map { verdict in
      (verdict, evaluation.metrics.count { $0.verdict == verdict })
    }
    let worst = counts.last { $0.1 > 0 }?.0 ?? .ok
    let sentence =
      switch worst {
      case .ok: "Every figure is as good as can be told at this number of draws."
      case .warn: "Usable with care: read the figures marked warn."
      case .fail: "Not to be used as it is: read the figures marked fail."
      }
    let numbers = counts.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
    return element(
      "p", [:],
      element("span", ["class": worst.rawValue], worst.rawValue) + " " + escaped(sentence)
        + " " + element("span", ["class": "dim"], escaped("(\(numbers))")))
      + element(
        "p", [:],
        escaped(
          "\(counted(evaluation.step, "training step")), \(grouped(run.parameterCount)) parameters, "
            + "\(grouped(run.energyCalls)) energy calls and \(grouped(run.gradientCalls)) gradient "
            + "calls in training; dimension \(run.density.density.dimension)."))
  }

  private var verdicts: String {
    table(
      ["figure", "value", "95% interval", "n", "truth", "floor", "verdict", "why"],
      evaluation.metrics.map { metric in
        [
          element("code", [:], escaped(metric.name)), figure(metric.value),
          metric.low < metric.high ? "\(figure(metric.low)) to \(figure(metric.high))" : "",
          grouped(metric.count), metric.truth.map(figure) ?? "", metric.floor.map(figure) ?? "",
          element("span", ["class": metric.verdict.rawValue], metric.verdict.rawValue),
          escaped(metric.reason),
        ]
      }, classes: ["text", "number", "number", "number", "number", "number", "text", "text"])
  }

  private var training: String {
    guard run.history.count > 1 else {
      return element("p", ["class": "dim"], "No reports were kept.")
    }
    let steps = run.history.map { Double($0.step) }
    return charts([
      curve(
        "Loss of the objective, at each report.", "loss", steps, run.history.map(\.loss),
        isLogarithmic: true),
      curve(
        "Mean importance log-weight of each batch, exploration included: a rough lower bound of log Z.",
        "ELBO of a batch, nats", steps, run.history.map(\.elbo)),
      curve(
        "Norm of the gradient before clipping.", "gradient norm", steps,
        run.history.map(\.gradientNorm), isLogarithmic: true),
    ])
  }

  private func curve(
    _ caption: String, _ label: String, _ steps: [Double], _ values: [Double],
    isLogarithmic: Bool = false
  ) -> String {
    var chart = Chart(
      caption, x: Axis("training step", holding: steps),
      y: Axis(label, holding: values, isLogarithmic: isLogarithmic))
    chart.addLine(Array(zip(steps, values)), "first")
    return chart.markup
  }

  private var configuration: String {
    let encoder = ConfigEncoder()
    let tree = (try? encoder.encode(run.config)) ?? .null
    let rows = leaves(run.density.config, at: "density") + leaves(tree, at: "")
    return table(
      ["setting", "value"],
      [[code("density"), code(run.density.name)]] + rows.map { [code($0.0), code($0.1)] },
      classes: ["text", "text"])
  }

  private var source: String {
    let rows =
      [
        ("checksum of the draws", evaluation.checksum),
        ("of the parameters", evaluation.parameters),
      ]
      + leaves(provenance, at: "")
    return table(
      ["", ""], rows.map { [escaped($0.0), code($0.1)] }, classes: ["text", "text"])
  }

  private func code(_ text: String) -> String { element("code", [:], escaped(text)) }

  /// All values of a tree with their paths.
  private func leaves(_ tree: JSONValue, at path: String) -> [(String, String)] {
    guard let object = tree.object else {
      return path.isEmpty ? [] : [(path, tree.string ?? tree.compact)]
    }
    return object.entries.flatMap {
      leaves($0.value, at: path.isEmpty ? $0.key : path + "." + $0.key)
    }
  }
}
