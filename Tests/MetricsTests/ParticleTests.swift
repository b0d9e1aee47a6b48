import Kernels
import Metrics
import Numerics
import TestSupport
import Testing

@Suite("Systems of particles")
struct ParticleTests {
  func squaredDistance(_ x: [Float], _ y: [Float], _ alignment: ParticleAlignment) -> Double {
    alignment.squaredDistance(alignment.system(x), alignment.system(y))
  }

  /// The least over all permutations, each with its best rotation.
  func exhaustive(_ x: [Float], _ y: [Float], particles: Int, space: Int) -> Double {
    func centred(_ x: [Float]) -> [Double] {
      let means = (0..<space).map { d in
        stride(from: d, to: x.count, by: space).reduce(0.0) { $0 + Double(x[$1]) }
          / Double(particles)
      }
      return x.indices.map { Double(x[$0]) - means[$0 % space] }
    }
    let (a, b) = (centred(x), centred(y))
    var best = 0.0
    for order in permutations(particles) {
      var m = [Double](repeating: 0, count: space * space)
      for (p, q) in order.enumerated() {
        for i in 0..<space {
          for j in 0..<space { m[i * space + j] += a[p * space + i] * b[q * space + j] }
        }
      }
      best = max(best, Procrustes(m, count: space).gain)
    }
    return (a + b).reduce(0) { $0 + $1 * $1 } - 2 * best
  }

  func permutations(_ n: Int) -> [[Int]] {
    guard n > 1 else { return [[0]] }
    return permutations(n - 1).flatMap { shorter in
      (0..<n).map { place in Array(shorter[..<place]) + [n - 1] + Array(shorter[place...]) }
    }
  }

  @Test(
    "are at distance 0 from their copies turned, mirrored, moved and reordered", arguments: [2, 3])
  func copies(_ space: Int) {
    let alignment = ParticleAlignment(particles: 5, spaceDimension: space)
    let x = spread(5 * space, seed: 1)
    // A rotation by a right angle with a reflection: coordinates change places, the first its sign.
    let copy = [3, 0, 4, 1, 2].flatMap { p in
      (0..<space).map { d in
        let value = x[p * space + (d + 1) % space]
        return (d == 0 ? -value : value) + 3
      }
    }
    expect(squaredDistance(x, copy, alignment), equals: 0, within: .absolute(1e-9))
    #expect(squaredDistance(x, spread(5 * space, seed: 2), alignment) > 0.1)
  }

  @Test(
    "are nearly as near as the best of all permutations says, and never nearer", arguments: [2, 3])
  func bound(_ space: Int) {
    let alignment = ParticleAlignment(particles: 4, spaceDimension: space)
    var found = 0
    for seed in 0..<40 {
      let x = spread(4 * space, seed: UInt64(seed))
      let y = spread(4 * space, seed: UInt64(seed + 100))
      let best = exhaustive(x, y, particles: 4, space: space)
      let distance = squaredDistance(x, y, alignment)
      #expect(distance >= best - 1e-9)
      if distance < best + 1e-9 { found += 1 }
      expect(squaredDistance(y, x, alignment), equals: distance, within: .absolute(1e-9))
    }
    #expect(found >= 20, "\(found) of 40")
  }

  @Test("have distances whose variation counts what is outside")
  func outside() {
    let reference = spread(80 * 6, seed: 1)
    func variation(_ x: [Float]) -> DistanceVariation {
      DistanceVariation(x, reference: reference, particles: 3, spaceDimension: 2, bins: 20)
    }
    #expect(variation(reference).estimate.value == 0 && variation(reference).outside == 0)
    let far = variation(reference + reference.map { 1000 * $0 + 1 })
    expect(far.outside, equals: 0.5, within: .absolute(0.01))
    expect(far.estimate.value, equals: 0.5, within: .absolute(0.01))
    #expect(variation([Float](repeating: 1, count: 12)).estimate.value > 0.9)
    #expect(variation(reference.map { _ in .nan }).outside == 1)
  }

  /// Of 400 intervals of 95%, fewer than 368 or more than 392 hold the mean for 1 stream in 50.
  @Test("have a variation with an interval that holds what such systems score")
  func coverage() {
    let estimates = (0..<400).map { seed in
      let x = normals(60 * 6, seed: seed, purpose: 1).map { 1.6 * Float($0) }
      let y = normals(60 * 6, seed: seed, purpose: 2).map { Float($0) }
      return DistanceVariation(x, reference: y, particles: 3, spaceDimension: 2, bins: 4).estimate
    }
    let mean = estimates.reduce(0) { $0 + $1.value } / 400
    let times = estimates.count { $0.interval?.contains(mean) == true }
    #expect((368...392).contains(times), "\(times)")
  }

  @Test("obey the virial identity in their own degrees of freedom")
  func virials() {
    let x = normals(3000, seed: 1).map { Float($0) }
    let score = x.map { -$0 }
    #expect(virial(x, score: score, dimension: 3, freedom: 3).verdict == .ok)
    #expect(virial(x, score: score, dimension: 3, freedom: 2).verdict == .fail)
    #expect(virial(x, score: score.map { 1.5 * $0 }, dimension: 3, freedom: 3).verdict == .fail)
    let broken = virial(x, score: score.map { _ in .nan }, dimension: 3, freedom: 3)
    #expect(broken.verdict == .fail)
  }

  @Test("have virials with intervals that hold the truth", arguments: [30, 200])
  func virialCoverage(_ count: Int) {
    let times = covered(2) { seed in
      let x = normals(2 * count, seed: seed).map { Float($0) }
      let metric = virial(x, score: x.map { -$0 }, dimension: 2, freedom: 2)
      return metric.low...metric.high
    }
    #expect((368...392).contains(times), "\(times)")
  }
}
