import Kernels

/// Other coordinates y for the points x of a density: x as a function of every y in ℝᴰ.
public protocol CoordinateMap: Sendable {
  /// D.
  var dimension: Int { get }

  /// Writes x(y), [count, D], and log |det ∂x/∂y| of each point, [count].
  func pull(
    _ y: Points, to x: UnsafeMutablePointer<Float>, logJacobian: UnsafeMutablePointer<Float>)

  /// Writes (∂x/∂y)ᵀ s + ∇ log |det ∂x/∂y|, the score at y where s is the score at x(y), [count, D].
  func pullScore(
    _ score: UnsafePointer<Float>, at y: Points, to out: UnsafeMutablePointer<Float>)
}

/// Coordinates in which every x has its y: nothing of a density is lost.
public protocol Bijection: CoordinateMap {
  /// Writes y(x), [count, D].
  func push(_ x: Points, to y: UnsafeMutablePointer<Float>)
}

/// A density whose points stand for points of another one.
public protocol ReparametrizedDensity: Density {
  /// Writes the points of the other density, [count, D].
  func basePoints(of y: Points, into x: UnsafeMutablePointer<Float>)
}

/// A density in other coordinates, ρ(y) = ρ(x(y)) |det ∂x/∂y|.
///
/// It has a score where the base has one. Through a bijection, log Z, exact samples and modes stay what
/// they are.
public struct Transformed<Base: Density, Map: CoordinateMap>: ReparametrizedDensity {
  /// D.
  public var dimension: Int { base.dimension }
  private let base: Base
  private let map: Map
  private let pieceRows: Int
  private let scratch: SharedScratch

  /// The base in the coordinates of a map of the same dimension.
  public init(_ base: Base, _ map: Map) {
    precondition(base.dimension == map.dimension, "Transformed: the dimensions must agree")
    (self.base, self.map) = (base, map)
    // A call of the base may cost much whatever the rows, so a piece is larger than a block of paths.
    pieceRows = max(scratchRows, (1 << 15) / base.dimension)
    scratch = SharedScratch(pieceRows * (2 * base.dimension + 1))
  }

  /// Writes log ρ.
  public func logDensity(of y: Points, into out: UnsafeMutablePointer<Float>) throws {
    try forEachPiece(y) { y, first, x, jacobian, _ in
      map.pull(y, to: x, logJacobian: jacobian)
      try base.logDensity(
        of: Points(x, count: y.count, dimension: dimension), into: out + first)
      add(jacobian, to: out + first, count: y.count)
    }
  }

  /// Writes x(y).
  public func basePoints(of y: Points, into x: UnsafeMutablePointer<Float>) {
    forEachPiece(y) { y, first, _, jacobian, _ in
      map.pull(y, to: x + first * dimension, logJacobian: jacobian)
    }
  }

  /// Adds Jacobians; where one is -∞, that is the sum, whatever the base makes of such a point.
  private func add(
    _ jacobian: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, count: Int
  ) {
    for row in 0..<count {
      out[row] = jacobian[row] == -.infinity ? -.infinity : out[row] + jacobian[row]
    }
  }

  /// Pieces with their first rows, and room for x, the Jacobian and the score at x.
  private func forEachPiece(
    _ y: Points,
    _ body: (
      Points, Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>,
      UnsafeMutablePointer<Float>
    ) throws -> Void
  ) rethrows {
    let values = pieceRows * dimension
    try scratch.borrow { scratch in
      try y.forEachPiece(of: pieceRows) { piece, first in
        try body(piece, first, scratch, scratch + 2 * values, scratch + values)
      }
    }
  }
}

extension Transformed: DifferentiableDensity where Base: DifferentiableDensity {
  /// Writes log ρ and the score.
  public func logDensity(
    of y: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try forEachPiece(y) { y, first, x, jacobian, slope in
      map.pull(y, to: x, logJacobian: jacobian)
      try base.logDensity(
        of: Points(x, count: y.count, dimension: dimension), into: out + first, score: slope)
      add(jacobian, to: out + first, count: y.count)
      map.pullScore(slope, at: y, to: score + first * dimension)
    }
  }
}

extension Transformed: NormalizedDensity where Base: NormalizedDensity, Map: Bijection {
  /// The base's: a mass does not depend on coordinates.
  public var logNormalizer: Double { base.logNormalizer }
}

extension Transformed: SamplableDensity where Base: SamplableDensity, Map: Bijection {
  /// Writes the base's samples in the new coordinates.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    base.sample(count, firstRow: firstRow, stream, into: out)
    let all = Points(out, count: count, dimension: dimension)
    forEachPiece(all) { x, _, copy, _, _ in
      copy.update(from: x.data, count: x.count * dimension)
      map.push(
        Points(copy, count: x.count, dimension: dimension),
        to: UnsafeMutablePointer(mutating: x.data))
    }
  }
}

extension Transformed: MultimodalDensity where Base: MultimodalDensity, Map: Bijection {
  /// The base's.
  public var factors: Int { base.factors }
  /// The base's.
  public var modeCount: Int { base.modeCount }
  /// The base's.
  public var modeWeights: [Double] { base.modeWeights }

  /// The base's mode of x(y).
  public func mode(of y: UnsafePointer<Float>, factor: Int) -> Int {
    scratch.borrow { x in
      map.pull(
        Points(y, count: 1, dimension: dimension), to: x, logJacobian: x + dimension)
      return base.mode(of: x, factor: factor)
    }
  }
}
