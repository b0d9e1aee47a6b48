/// All that the next step of a set of chains depends on.
///
/// A row is one replica of one chain, row = chain · replicas + replica; replica 0 has the density itself.
public final class ChainState {
  /// Independent chains, C.
  public let chains: Int
  /// Replicas of each, R; 1 for all kernels but those with temperatures.
  public let replicas: Int
  /// D.
  public let dimension: Int
  /// s of a density of particles in s dimensions.
  let spaceDimension: Int?
  /// Where the rows are, [CR, D].
  public let x: UnsafeMutablePointer<Float>
  /// log ρ there, [CR].
  public let logDensity: UnsafeMutablePointer<Float>
  /// The score there, [CR, D], for kernels that need it.
  public let score: UnsafeMutablePointer<Float>?
  /// Steps done since the start.
  public internal(set) var step = 0
  /// The step size of each replica and what it was learned from, [R].
  public internal(set) var tunings: [StepTuning]
  /// What each replica moves on, [R].
  public internal(set) var annealings: [Annealing]
  /// The width of the coordinates that steps are multiplied by, [R, D]; 1 until learned.
  public let scales: UnsafeMutablePointer<Float>

  init(
    chains: Int, dimension: Int, spaceDimension: Int?, hasScore: Bool, tunings: [StepTuning],
    annealings: [Annealing]
  ) {
    (self.chains, self.dimension, self.tunings) = (chains, dimension, tunings)
    self.spaceDimension = spaceDimension
    self.annealings = annealings
    replicas = tunings.count
    scales = .allocate(capacity: tunings.count * dimension)
    scales.initialize(repeating: 1, count: tunings.count * dimension)
    let rows = chains * tunings.count
    x = .allocate(capacity: rows * dimension)
    logDensity = .allocate(capacity: rows)
    score = hasScore ? .allocate(capacity: rows * dimension) : nil
  }

  deinit {
    scales.deallocate()
    x.deallocate()
    logDensity.deallocate()
    score?.deallocate()
  }

  /// C · R.
  public var rows: Int { chains * replicas }

  /// Moves a row to the proposal made for it.
  func accept(_ row: Int, _ proposals: ChainProposals) {
    (x + row * dimension).update(from: proposals.x + row * dimension, count: dimension)
    logDensity[row] = proposals.logDensity[row]
    if let score, let proposed = proposals.score {
      (score + row * dimension).update(from: proposed + row * dimension, count: dimension)
    }
  }

  /// log π(x′) - log π(x) of a row, π being what its replica moves on.
  func logRise(_ row: Int, _ proposals: ChainProposals) -> Double {
    let (annealing, start) = (annealings[row % replicas], row * dimension)
    return annealing.logDensity(proposals.logDensity[row], proposals.x + start, dimension)
      - annealing.logDensity(logDensity[row], x + start, dimension)
  }

  /// The widths of a row's coordinates, [D].
  func scales(ofRow row: Int) -> UnsafeMutablePointer<Float> {
    scales + row % replicas * dimension
  }

  /// Exchanges two rows.
  func swap(_ a: Int, _ b: Int) {
    for j in 0..<dimension {
      let (i, k) = (a * dimension + j, b * dimension + j)
      (x[i], x[k]) = (x[k], x[i])
      if let score { (score[i], score[k]) = (score[k], score[i]) }
    }
    (logDensity[a], logDensity[b]) = (logDensity[b], logDensity[a])
  }

  /// Replaces each row by the one whose number stands in its place.
  func gather(_ rows: [Int]) {
    let (points, values) = (
      Array(UnsafeBufferPointer(start: x, count: self.rows * dimension)),
      Array(UnsafeBufferPointer(start: logDensity, count: self.rows))
    )
    let scores = score.map { Array(UnsafeBufferPointer(start: $0, count: self.rows * dimension)) }
    for (row, source) in rows.enumerated() where row != source {
      logDensity[row] = values[source]
      for j in 0..<dimension { x[row * dimension + j] = points[source * dimension + j] }
      guard let score, let scores else { continue }
      for j in 0..<dimension { score[row * dimension + j] = scores[source * dimension + j] }
    }
  }
}
