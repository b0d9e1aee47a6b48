import CVectors
import KernelTables

// Energies and forces of particles that interact in pairs, all pairs, no neighbour lists.
//
// Lanes are sixteen rows at once, so that every sum runs over the pairs in order and no lane depends on
// another; each pair is visited once. Rows become columns and back by transposition, 16 by 16.

extension VectorKernels {
  package static func particles(
    _ system: ParticleParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?
  ) {
    let work = ParticleWork(system, x.floats, rows, out.floats, score?.floats)
    switch system.pair {
    case .lennardJones(let strength, let radius, let softness):
      work.run(LennardJonesPair(strength: strength, radius: radius, softness: softness))
    case .splinedLennardJones(let strength, let radius, let cut):
      work.run(SplinedLennardJonesPair(strength: strength, radius: radius, cut: cut))
    case .doubleWell(let distance, let linear, let quadratic, let quartic):
      work.run(
        DoubleWellPair(
          distance: Float(distance), linear: Float(linear), quadratic: Float(quadratic),
          quartic: Float(quartic)))
    case .screenedCoulomb(let strength, let screening):
      work.run(ScreenedCoulombPair(strength: Float(strength), screening: Float(screening)))
    }
  }
}

/// A place in the plane or in space, for sixteen rows.
private protocol SpaceLanes {
  static var dimension: Int { get }
  init()
  /// The coordinates of a particle, [dimension, 16].
  static func load(_ p: UnsafePointer<Float>) -> Self
  func store(_ p: UnsafeMutablePointer<Float>)
  static func - (a: Self, b: Self) -> Self
  var square: Lanes { get }
  /// self + factor other.
  func adding(_ factor: Lanes, _ other: Self) -> Self
}

private struct PlaneLanes: SpaceLanes {
  var x = Lanes(), y = Lanes()
  static var dimension: Int { 2 }

  @inline(__always) static func load(_ p: UnsafePointer<Float>) -> PlaneLanes {
    PlaneLanes(x: vector_load(p), y: vector_load(p + 16))
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) {
    vector_store(x, p)
    vector_store(y, p + 16)
  }
  @inline(__always) static func - (a: PlaneLanes, b: PlaneLanes) -> PlaneLanes {
    PlaneLanes(x: a.x - b.x, y: a.y - b.y)
  }
  @inline(__always) var square: Lanes { vector_fma(x, x, y * y) }
  @inline(__always) func adding(_ factor: Lanes, _ other: PlaneLanes) -> PlaneLanes {
    PlaneLanes(x: vector_fma(factor, other.x, x), y: vector_fma(factor, other.y, y))
  }
}

private struct VolumeLanes: SpaceLanes {
  var x = Lanes(), y = Lanes(), z = Lanes()
  static var dimension: Int { 3 }

  @inline(__always) static func load(_ p: UnsafePointer<Float>) -> VolumeLanes {
    VolumeLanes(x: vector_load(p), y: vector_load(p + 16), z: vector_load(p + 32))
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) {
    vector_store(x, p)
    vector_store(y, p + 16)
    vector_store(z, p + 32)
  }
  @inline(__always) static func - (a: VolumeLanes, b: VolumeLanes) -> VolumeLanes {
    VolumeLanes(x: a.x - b.x, y: a.y - b.y, z: a.z - b.z)
  }
  @inline(__always) var square: Lanes { vector_fma(x, x, vector_fma(y, y, z * z)) }
  @inline(__always) func adding(_ factor: Lanes, _ other: VolumeLanes) -> VolumeLanes {
    VolumeLanes(
      x: vector_fma(factor, other.x, x), y: vector_fma(factor, other.y, y),
      z: vector_fma(factor, other.z, z))
  }
}

/// The rows of a call.
private struct ParticleWork {
  let system: ParticleParameters
  let x: UnsafePointer<Float>
  let rows: Int
  let out: UnsafeMutablePointer<Float>
  let score: UnsafeMutablePointer<Float>?

  init(
    _ system: ParticleParameters, _ x: UnsafePointer<Float>, _ rows: Int,
    _ out: UnsafeMutablePointer<Float>, _ score: UnsafeMutablePointer<Float>?
  ) {
    (self.system, self.x, self.rows, self.out, self.score) = (system, x, rows, out, score)
  }

  @inline(__always)
  func run(_ pair: some PairEnergy) {
    if system.spaceDimension == 2 {
      run(pair, PlaneLanes.self)
    } else {
      run(pair, VolumeLanes.self)
    }
  }

  /// Sixteen rows after the other; scratch holds columns, slopes, and a block for transposition.
  @inline(__always)
  private func run<Space: SpaceLanes>(_ pair: some PairEnergy, _: Space.Type) {
    let d = system.dimension
    let padded = (d + 15) & ~15
    withScratch(32 * padded + 256) { scratch in
      let (columns, slopes) = (scratch, scratch + 16 * padded)
      let block = slopes + 16 * padded
      forEachRun(rows) { r, run in
        rowsToColumns(x + r * d, d, rows: run.count, to: columns, block)
        let value = evaluate(pair, Space.self, columns, score == nil ? nil : slopes)
        run.store(value, out + r)
        if let score { columnsToRows(slopes, d, rows: run.count, to: score + r * d, block) }
      }
    }
  }

  /// log ρ of sixteen rows, and its gradient where it is wanted.
  @inline(__always)
  private func evaluate<Space: SpaceLanes>(
    _ pair: some PairEnergy, _: Space.Type, _ x: UnsafePointer<Float>,
    _ slopes: UnsafeMutablePointer<Float>?
  ) -> Lanes {
    let (n, stride) = (system.particles, 16 * Space.dimension)
    var sum = Space()
    let one = Lanes(repeating: 1)
    for i in 0..<n {
      sum = sum.adding(one, Space.load(x + i * stride))
      if let slopes { Space().store(slopes + i * stride) }
    }
    let mean = Space().adding(Lanes(repeating: 1 / Float(n)), sum)
    var energy = mean.square * Lanes(repeating: Float(0.5 * system.center * Double(n)))
    let half = Lanes(repeating: Float(0.5 * system.oscillator))
    let pull = Lanes(repeating: Float(-system.oscillator))
    let push = Lanes(repeating: Float(-system.center))
    for i in 0..<n {
      let place = Space.load(x + i * stride)
      let moved = place - mean
      var own = moved.square * half
      var force = Space().adding(pull, moved).adding(push, mean)
      for j in i + 1..<n {
        let difference = place - Space.load(x + j * stride)
        let (value, factor) = pair(difference.square)
        own += value
        guard let slopes else { continue }
        force = force.adding(negated(factor), difference)
        Space.load(slopes + j * stride).adding(factor, difference).store(slopes + j * stride)
      }
      energy += own
      if let slopes {
        Space.load(slopes + i * stride).adding(one, force).store(slopes + i * stride)
      }
    }
    return negated(energy)
  }
}

/// Up to sixteen rows as columns of sixteen, zeros where rows end.
@inline(__always)
private func rowsToColumns(
  _ x: UnsafePointer<Float>, _ d: Int, rows: Int, to columns: UnsafeMutablePointer<Float>,
  _ block: UnsafeMutablePointer<Float>
) {
  for j in stride(from: 0, to: d, by: 16) {
    for r in 0..<16 {
      let lanes = r < rows ? loadLanes(x + r * d + j, remaining: d - j) : Lanes()
      vector_store(lanes, block + 16 * r)
    }
    vector_transpose(block, 16, columns + 16 * j, 16)
  }
}

/// Columns of sixteen as up to sixteen rows.
@inline(__always)
private func columnsToRows(
  _ columns: UnsafePointer<Float>, _ d: Int, rows: Int, to x: UnsafeMutablePointer<Float>,
  _ block: UnsafeMutablePointer<Float>
) {
  for j in stride(from: 0, to: d, by: 16) {
    vector_transpose(columns + 16 * j, 16, block, 16)
    for r in 0..<rows {
      storeLanes(vector_load(block + 16 * r), to: x + r * d + j, remaining: d - j)
    }
  }
}
