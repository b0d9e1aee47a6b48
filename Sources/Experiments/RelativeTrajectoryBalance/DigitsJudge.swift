import Densities
import Kernels
import Metrics
import Samplers
import Storage
import Tasks

/// Judges images against the true ones of some classes.
///
/// Features are those of a second classifier, which no method has seen. The distance is that of Fréchet, whose
/// floor is the mean distance between random halves of the true images; diversity is the mean cosine distance
/// between features of pairs.
struct DigitsJudge {
  static let columns = [
    "E[log r]", "Frechet distance", "diversity", "in class", "effective share", "log Z",
    "training s",
  ]

  /// log r.
  let constraint: any DifferentiableDensity
  /// The true images, [n, D].
  let truth: [Float]
  private let classes: [Int]
  private let classifier: TrainedClassifier
  private let features: [Float]

  init(_ constraint: any DifferentiableDensity, _ images: ImageSet, classes: [Int]) throws {
    (self.constraint, self.classes) = (constraint, classes)
    truth = images.signedImages(of: classes, in: 0..<images.count)
    var config = ClassifierConfig()
    config.seed = 1
    classifier = try ClassifierCache.classifier(of: images, config)
    features = classifier.features(of: truth)
  }

  /// The figures of some images, in the order of the columns.
  func row(
    _ label: String, _ x: [Float], logWeights: [Double] = [], seconds: Double? = nil
  ) throws -> StudyTable.Row {
    let values = try logConstraint(x)
    let own = classifier.features(of: x)
    let figures: [Double?] = [
      values.reduce(0, +) / Double(values.count), distance(own),
      meanCosineDistance(own, dimension: classifier.featureCount), share(x),
      logWeights.isEmpty ? nil : effectiveShare(logWeights),
      logWeights.isEmpty ? nil : logMean(logWeights), seconds,
    ]
    return StudyTable.Row(label: label, values: figures)
  }

  /// The distance of images to the true ones.
  func distance(of x: [Float]) -> Double { distance(classifier.features(of: x)) }

  /// The true images, the distance between whose halves is the floor.
  func truthRow(_ seed: UInt64) throws -> StudyTable.Row {
    let f = classifier.featureCount
    let count = features.count / f
    let distances = (0..<4).map { repeatNumber in
      let order = RandomStream(seed: seed).folding(.halves).draw(
        Permutation(of: count), step: UInt32(repeatNumber), rows: 0..<1)
      func half(_ range: Range<Int>) -> [Float] {
        order[range].flatMap { features[$0 * f..<($0 + 1) * f] }
      }
      return frechetDistance(half(0..<count / 2), half(count / 2..<count), dimension: f)
    }
    let plain = try row("true images; halves of them", truth)
    var values = plain.values
    values[1] = distances.reduce(0, +) / 4
    return StudyTable.Row(label: plain.label, values: values)
  }

  /// log r of images.
  func logConstraint(_ x: [Float]) throws -> [Double] { try constraint.logDensity(of: x) }

  private func distance(_ own: [Float]) -> Double {
    frechetDistance(own, features, dimension: classifier.featureCount)
  }

  /// The part that the second classifier takes for one of the classes.
  private func share(_ x: [Float]) -> Double {
    let logarithms = classifier.logProbabilities(of: x)
    let n = classifier.classes
    let count = logarithms.count / n
    let right = (0..<count).count { row in
      let own = logarithms[row * n..<(row + 1) * n]
      guard let best = own.indices.max(by: { own[$0] < own[$1] }) else { return false }
      return classes.contains(best - row * n)
    }
    return Double(right) / Double(max(1, count))
  }
}
