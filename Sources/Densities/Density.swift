import Kernels

/// A batch of points, row-major, borrowed for a call.
public struct Points {
  /// First coordinate of the first point.
  public let data: UnsafePointer<Float>
  /// Number of points.
  public let count: Int
  /// Coordinates of each point.
  public let dimension: Int
  /// The number of the condition that each point goes with, [count]; nil where there are none.
  public let conditions: UnsafePointer<Int32>?

  /// Names a batch.
  public init(
    _ data: UnsafePointer<Float>, count: Int, dimension: Int,
    conditions: UnsafePointer<Int32>? = nil
  ) {
    self.data = data
    self.count = count
    self.dimension = dimension
    self.conditions = conditions
  }

  /// The point in a row.
  public subscript(row: Int) -> [Float] {
    (0..<dimension).map { data[row * dimension + $0] }
  }
}

/// An unnormalised density ρ on ℝᴰ, known by its logarithm.
///
/// What else a density can do is said by further protocols, never by methods that fail.
public protocol Density: Sendable {
  /// D.
  var dimension: Int { get }

  /// Writes log ρ(x), in nats up to a constant, to `out`, one number for each point.
  func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws
}

/// A density that knows its score ∇ log ρ.
public protocol DifferentiableDensity: Density {
  /// Writes log ρ(x) to `out` and the score, [count, D], to `score`.
  func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>) throws
}

/// A density that finds log ρ and its score in one pass, or log ρ alone in the same pass.
public protocol OnePassDensity: DifferentiableDensity {
  /// Writes log ρ(x) to `out` and, where there is room for it, the score to `score`, [count, D].
  func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?)
}

extension OnePassDensity {
  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    evaluate(x, out, score: nil)
  }

  /// Writes log ρ and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    evaluate(x, out, score: score)
  }
}

/// A density whose log Z = log ∫ρ is known.
public protocol NormalizedDensity: Density {
  /// log Z, in nats.
  var logNormalizer: Double { get }
}

/// A density with exact independent samples.
public protocol SamplableDensity: Density {
  /// Writes the samples of rows firstRow ..< firstRow + count, [count, D], to `out`.
  func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>)
}

/// A density with known modes, each with its share of the mass.
///
/// A product of densities on some coordinates each has too many modes to count one by one: there the
/// modes are those of a factor, and a point is in one mode of every factor.
public protocol MultimodalDensity: Density {
  /// Number of equal, independent factors; 1 for a density that is no product.
  var factors: Int { get }
  /// Number of modes of a factor.
  var modeCount: Int { get }
  /// The mass of each mode of a factor; they add up to 1.
  var modeWeights: [Double] { get }
  /// The mode of a factor that a point belongs to.
  func mode(of x: UnsafePointer<Float>, factor: Int) -> Int
}
