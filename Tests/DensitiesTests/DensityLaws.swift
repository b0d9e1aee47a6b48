import Densities
import Kernels
import Storage
import TestSupport
import Testing

// The laws of densities: functions that any density must pass, run over the whole catalogue.

/// log ρ of each point, [n, D] in one array.
func logDensity(_ density: any Density, _ x: [Float]) throws -> [Double] {
  let count = x.count / density.dimension
  var out = [Float](repeating: .nan, count: count)
  try x.withUnsafeBufferPointer { x in
    guard let base = x.baseAddress else { return }
    try density.logDensity(
      of: Points(base, count: count, dimension: density.dimension), into: &out)
  }
  return out.map { Double($0) }
}

/// log ρ and the score of each point.
func score(
  _ density: any DifferentiableDensity, _ x: [Float]
) throws -> (logDensity: [Double], score: [Double]) {
  let count = x.count / density.dimension
  var out = [Float](repeating: .nan, count: count)
  var score = [Float](repeating: .nan, count: x.count)
  try x.withUnsafeBufferPointer { x in
    guard let base = x.baseAddress else { return }
    try density.logDensity(
      of: Points(base, count: count, dimension: density.dimension), into: &out, score: &score)
  }
  return (out.map { Double($0) }, score.map { Double($0) })
}

/// Exact samples, [count, D].
func sample(
  _ density: any SamplableDensity, _ count: Int, firstRow: Int = 0, seed: UInt64 = 1
) -> [Float] {
  var x = [Float](repeating: .nan, count: count * density.dimension)
  density.sample(count, firstRow: firstRow, RandomStream(seed: seed), into: &x)
  return x
}

/// Points to try a density at: exact samples where there are, particles apart from one another, a wide
/// box otherwise.
func typicalPoints(_ density: any Density, _ count: Int) -> [Float] {
  if let particles = density as? any ParticleDensity {
    return latticePoints(particles.system, count)
  }
  if let samplable = density as? any SamplableDensity { return sample(samplable, count, seed: 5) }
  return spread(count * density.dimension, seed: 5, scale: 3)
}

/// log ρ is a finite number at and around the origin, and never NaN or +∞ far away.
func expectFinite(_ density: any Density) throws {
  let d = density.dimension
  for x in [
    [Float](repeating: 0, count: d), spread(d, seed: 2, scale: 30), typicalPoints(density, 64),
  ] {
    #expect(try logDensity(density, x).allSatisfy { $0.isFinite })
  }
  for far: Float in [1e3, -1e3, 1e6] {
    let values = try logDensity(density, [Float](repeating: far, count: d))
    #expect(!values[0].isNaN && values[0] < .infinity, "at \(far): \(values[0])")
  }
}

/// The log-density of a point does not depend on its batch, nor on whether the score is asked for.
func expectRowByRow(_ density: any Density) throws {
  let x = typicalPoints(density, 37)
  let all = try logDensity(density, x)
  let single = try all.indices.flatMap {
    try logDensity(density, Array(x[$0 * density.dimension..<($0 + 1) * density.dimension]))
  }
  #expect(single == all)
  if let differentiable = density as? any DifferentiableDensity {
    #expect(try score(differentiable, x).logDensity == all)
  }
}

/// The score is the derivative of log ρ along each axis.
///
/// Differences of fourth order over h = 0.03. Rounding to 32-bit floats alone makes them wrong by up to
/// ¾/h units in the last place of the values.
func expectScore(_ density: any DifferentiableDensity) throws {
  let (d, h) = (density.dimension, Float(0x1p-5))
  let x = typicalPoints(density, 20)
  let scores = try score(density, x).score
  for axis in 0..<min(d, 5) {
    func moved(_ steps: Float) throws -> [Double] {
      try logDensity(density, x.indices.map { $0 % d == axis ? x[$0] + steps * h : x[$0] })
    }
    let (a, b, c, e) = (try moved(-2), try moved(-1), try moved(1), try moved(2))
    let slopes = a.indices.map { (8 * (c[$0] - b[$0]) - (e[$0] - a[$0])) / (12 * Double(h)) }
    let steepest = slopes.reduce(1) { max($0, $1.magnitude) }
    let largest = Float(b.reduce(0) { max($0, $1.magnitude) })
    expect(
      a.indices.map { scores[$0 * d + axis] }, equals: slopes,
      within: .absolute(2e-3 * steepest + 0.75 * Double(largest.ulp / h)), "axis \(axis)")
  }
}

/// Stein's identity under ρ/Z: E[∇ log ρ] = 0 and E[x · ∇ log ρ] = -D.
///
/// 20,000 exact samples; D + 1 comparisons with 4.5 standard errors, a false alarm in 150,000 each.
func expectSteinIdentity(_ density: any DifferentiableDensity & SamplableDensity) throws {
  let (d, count) = (density.dimension, 20_000)
  let x = sample(density, count)
  let scores = try score(density, x).score
  for axis in 0..<d {
    expectMean(
      of: (0..<count).map { scores[$0 * d + axis] }, is: 0, within: .standardErrors(4.5),
      "score along axis \(axis)")
  }
  let products = (0..<count).map { row in
    (row * d..<(row + 1) * d).reduce(0) { $0 + Double(x[$1]) * scores[$1] }
  }
  expectMean(of: products, is: -Double(d), within: .standardErrors(4.5), "x times score")
}

/// Samples are a function of stream and row.
func expectReproducibleSamples(_ density: any SamplableDensity) {
  let all = sample(density, 40)
  #expect(all == sample(density, 40))
  #expect(all == sample(density, 13) + sample(density, 27, firstRow: 13))
  #expect(all != sample(density, 40, seed: 2))
  #expect(all.allSatisfy { $0.isFinite })
}

/// ∫ρ by the midpoint rule on a square three times as wide as 2000 exact samples.
func expectLogNormalizer(_ density: any NormalizedDensity & SamplableDensity) throws {
  guard density.dimension == 2 else { return }
  let x = sample(density, 2000)
  let (low, high) = (x.min() ?? 0, x.max() ?? 0)
  let (first, width) = (low - (high - low), 3 * (high - low))
  let n = 400
  let axis = (0..<n).map { first + width * (Float($0) + 0.5) / Float(n) }
  let values = try logDensity(density, axis.flatMap { a in axis.flatMap { [a, $0] } })
  let cell = Double(width) / Double(n) * Double(width) / Double(n)
  let integral = values.reduce(0) { $0 + scalarExp($1) } * cell
  expect(scalarLog(integral), equals: density.logNormalizer, within: .absolute(1e-4))
}

/// Masses add up to 1, and exact samples fall into the modes in those shares.
func expectModes(_ density: any MultimodalDensity & SamplableDensity) {
  #expect(density.modeWeights.count == density.modeCount)
  expect(density.modeWeights.reduce(0, +), equals: 1, within: .absolute(1e-12))
  let x = sample(density, 20_000, seed: 3)
  for factor in 0..<density.factors where density.modeCount > 1 {
    let modes = x.withUnsafeBufferPointer { x in
      (0..<20_000).map { row in
        x.baseAddress.map { density.mode(of: $0 + row * density.dimension, factor: factor) }
      }
    }
    // Of modes with hardly any mass a mean over samples has no standard error.
    for mode in 0..<density.modeCount where density.modeWeights[mode] > 1e-3 {
      expectMean(
        of: modes.map { $0 == mode ? 1 : 0 }, is: density.modeWeights[mode],
        within: .standardErrors(4.5), "mode \(mode) of factor \(factor)")
    }
  }
}

/// Particles near the points of a lattice, 1.4 apart.
func latticePoints(_ system: ParticleSystem, _ count: Int) -> [Float] {
  let (n, s) = (system.particles, system.spaceDimension)
  let edge = (1...n).first { $0 * $0 * (s == 3 ? $0 : 1) >= n } ?? n
  let noise = spread(count * n * s, seed: 5, scale: 0.15)
  return noise.indices.map { index in
    let (particle, axis) = (index / s % n, index % s)
    let place = particle / [1, edge, edge * edge][axis] % edge
    return 1.4 * (Float(place) - 0.5 * Float(edge - 1)) + noise[index]
  }
}
