import Densities
import Kernels
import Metrics
import Samplers
import Tasks

/// Judges pictures of captions that go by turns.
///
/// What is right in a picture, and the features by which pictures are compared, are said by a classifier of true captions
/// that no method has seen. Diversity is the mean cosine distance between features of pairs of one caption. The
/// distance is that of Fréchet to exact draws of the posterior under the trained prior.
struct CaptionsJudge {
  static let columns = [
    "E[log r]", "right attributes", "all four right", "diversity", "Frechet distance",
    "effective share", "log Z error", "training s",
  ]

  /// The captions that are judged.
  let captions: [ShapeCaption]
  private let constraint: any CaptionedDensity
  private let classifier: TrainedClassifier
  private let inverseTemperature: Double
  /// Features of exact draws, and log Z of each caption, once there are.
  private var exact: [Float] = []
  private var logNormalizers: [Double] = []

  init(
    _ constraint: any CaptionedDensity, inverseTemperature: Double, epochs: Int
  ) throws {
    (self.constraint, self.inverseTemperature) = (constraint, inverseTemperature)
    captions = constraint.evaluationConditions.map { ShapeCaption(number: $0) }
    var config = ClassifierConfig()
    (config.seed, config.epochs) = (1, epochs)
    classifier = try ClassifierCache.classifier(of: constraint.shapes.images, config)
  }

  /// The part of attributes that the classifier sees right in pictures that it has not learned.
  var accuracy: Double {
    let shapes = constraint.shapes
    let held = shapes.images.training.upperBound..<shapes.images.count
    guard !held.isEmpty else { return 1 }
    let found = seen(shapes.images.signedImages(of: [], in: held))
    let right = zip(held, found).reduce(0) { $0 + shapes.caption(of: $1.0).matches($1.1) }
    return Double(right) / Double(4 * held.count)
  }

  /// Takes draws of the posterior as exact, and the log Z of each caption.
  mutating func take(exact x: [Float], logNormalizers: [Double]) {
    exact = classifier.features(of: x)
    self.logNormalizers = logNormalizers
  }

  /// The figures of pictures whose captions go by turns, in the order of the columns.
  func row(
    _ label: String, _ x: [Float], logWeights: [Double] = [], seconds: Double? = nil
  ) throws -> StudyTable.Row {
    let values = try logConstraint(x)
    let matches = seen(x).enumerated().map { row, caption in
      caption.matches(captions[row % captions.count])
    }
    let features = classifier.features(of: x)
    let f = classifier.featureCount
    let spreads = captions.indices.map {
      meanCosineDistance(turn(features, f, $0), dimension: f)
    }
    let weights = logWeights.isEmpty ? [] : captions.indices.map { turn(logWeights, 1, $0) }
    let errors = zip(weights, logNormalizers).map { (logMean($0) - $1).magnitude }
    return StudyTable.Row(
      label: label,
      values: [
        mean(values), mean(matches.map { Double($0) / 4 }), mean(matches.map { $0 == 4 ? 1 : 0 }),
        mean(spreads), frechetDistance(features, exact, dimension: f),
        weights.isEmpty ? nil : mean(weights.map { effectiveShare($0) }),
        errors.isEmpty ? nil : mean(errors), seconds,
      ])
  }

  /// β log r of pictures whose captions go by turns.
  func logConstraint(_ x: [Float]) throws -> [Double] {
    let count = x.count / constraint.dimension
    let numbers = (0..<count).map { Int32(captions[$0 % captions.count].number) }
    return try constraint.logDensity(of: x, conditions: numbers).map { inverseTemperature * $0 }
  }

  /// The captions that the classifier would give: of each attribute the value with the most probability.
  private func seen(_ x: [Float]) -> [ShapeCaption] {
    let (logarithms, n) = (classifier.logProbabilities(of: x), classifier.classes)
    let all = (0..<n).map { ShapeCaption(number: $0) }
    return (0..<logarithms.count / n).map { row in
      let chances = (0..<n).map { scalarExp(Double(logarithms[row * n + $0])) }
      return ShapeCaption(
        ShapeCaption.attributes.indices.map { attribute in
          var masses = [Double](repeating: 0, count: ShapeCaption.attributes[attribute].count)
          for (caption, chance) in zip(all, chances) { masses[caption.values[attribute]] += chance }
          return masses.indices.max { masses[$0] < masses[$1] } ?? 0
        })
    }
  }

  /// The rows of one caption.
  func turn<Number>(_ numbers: [Number], _ columns: Int, _ caption: Int) -> [Number] {
    stride(from: caption * columns, to: numbers.count, by: captions.count * columns).flatMap {
      numbers[$0..<$0 + columns]
    }
  }

  private func mean(_ numbers: [Double]) -> Double {
    numbers.reduce(0, +) / Double(max(1, numbers.count))
  }
}
