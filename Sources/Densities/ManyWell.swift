import Catalogs
import Kernels
import Storage

/// The numbers of a many-well.
public struct ManyWellConfig: Codable, Sendable, Equatable {
  /// D, even.
  public var dimension = 32

  /// The defaults, in another dimension if given.
  public init(dimension: Int = 32) { self.dimension = dimension }
}

/// A product of D/2 double wells, log ρ(x) = Σ -a⁴ + 6a² + a/2 - b²/2 over pairs of adjacent
/// coordinates (a, b).
///
/// It has 2^(D/2) modes, at a = -1.711 and 1.753 and b = 0, and the left well of each pair holds 0.15569
/// of the mass: a sampler that never goes there underestimates log Z by 0.16924 a pair.
/// log Z = D/2 (9.374541 + ½ log 2π); D = 32: 164.695675.
/// Reference: Noé et al. (2019), *Boltzmann generators*; Midgley et al. (2023), arXiv:2208.01893
public struct ManyWell: DifferentiableDensity, NormalizedDensity, SamplableDensity,
  MultimodalDensity
{
  /// Sources.
  public static let references = [
    Reference(
      "Midgley, Stimper, Simm, Schölkopf, Hernández-Lobato", 2023,
      "Flow annealed importance sampling bootstrap", "arXiv:2208.01893"),
    Reference(
      "Noé, Olsson, Köhler, Wu", 2019,
      "Boltzmann generators: sampling equilibrium states of many-body systems with deep learning",
      "doi:10.1126/science.aaw1147"),
  ]

  /// D.
  public let dimension: Int

  /// A many-well of a checked dimension.
  /// - Throws: `ConfigError` for a dimension that is odd or out of range.
  public init(_ config: ManyWellConfig) throws(ConfigError) {
    guard (2...1_000_000).contains(config.dimension), config.dimension % 2 == 0 else {
      throw .invalid(path: "dimension", reason: "it must be an even number from 2 to 1000000")
    }
    dimension = config.dimension
  }

  /// D/2 (log Z of one double well + ½ log 2π).
  public var logNormalizer: Double {
    0.5 * Double(dimension) * (DoubleWell.shared.logNormalizer + 0.5 * scalarLog(2 * .pi))
  }

  /// The pairs.
  public var factors: Int { dimension / 2 }

  /// Left and right.
  public var modeCount: Int { 2 }

  /// The masses of the left and the right well of a pair.
  public var modeWeights: [Double] { [DoubleWell.shared.leftMass, 1 - DoubleWell.shared.leftMass] }

  /// 0 left of 0, 1 right of it.
  public func mode(of x: UnsafePointer<Float>, factor: Int) -> Int { x[2 * factor] < 0 ? 0 : 1 }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    InstructionSet.active.kernels.manyWell(
      x: x.data, rows: x.count, dimension: dimension, logDensity: out, score: nil)
  }

  /// Writes log ρ and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.manyWell(
      x: x.data, rows: x.count, dimension: dimension, logDensity: out, score: score)
  }

  /// Writes exact samples: b normal, a from the double well.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: 0, firstRow: firstRow, rows: count, columns: dimension, to: out)
    let well = DoubleWell.shared
    for row in 0..<count {
      for pair in 0..<factors {
        var words = stream.words(of: .uniform, row: firstRow + row, column: pair)
        out[row * dimension + 2 * pair] = Float(well.draw(&words))
      }
    }
  }
}
