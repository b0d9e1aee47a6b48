import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("A Gaussian mixture's loops")
struct MixtureTests {
  static let shapes =
    awkwardSizes.map { (rows: $0, components: 5, dimension: 2) }
    + [1, 3, 17, 64].flatMap {
      [(rows: 18, components: $0, dimension: 2), (rows: 18, components: 3, dimension: $0)]
    }

  /// x, means, log scales, log densities, scores.
  func buffers(_ rows: Int, _ components: Int, _ dimension: Int, scale: Double) -> [[Float]] {
    [
      spread(rows * dimension, seed: 1, scale: scale),
      spread(components * dimension, seed: 2, scale: 3), spread(components, seed: 3),
      spread(rows, seed: 4), spread(rows * dimension, seed: 5),
    ]
  }

  func run(_ b: KernelBuffers, _ rows: Int, _ components: Int, _ dimension: Int, score: Bool) {
    let mixture = MixtureParameters(
      means: b[1], logScales: b[2], precision: 2 / Double(dimension), components: components,
      dimension: dimension)
    b.kernels.mixture(mixture, x: b[0], rows: rows, logDensity: b[3], score: score ? b[4] : nil)
  }

  @Test("agree with their slow twins, with and without score", arguments: shapes)
  func twins(_ shape: (rows: Int, components: Int, dimension: Int)) {
    let (rows, components, dimension) = shape
    for score in [false, true] {
      expectTwins(buffers(rows, components, dimension, scale: 4), within: .scaled(4e-6)) {
        run($0, rows, components, dimension, score: score)
      }
    }
  }

  @Test("leave out components without weight, but none where x is no number", arguments: [1, 5])
  func light(_ dimension: Int) {
    var all = buffers(35, 40, dimension, scale: 60)
    all[1] = spread(40 * dimension, seed: 2, scale: 60)
    expectTwins(all, within: .scaled(4e-6)) { run($0, 35, 40, dimension, score: true) }
    all[0][20 * dimension] = .nan
    for set in InstructionSet.available {
      let after = outcome(of: set.kernels, all) { run($0, 35, 40, dimension, score: true) }.buffers
      #expect(after[3].enumerated().allSatisfy { $1.isNaN == ($0 == 20) })
      #expect(after[4].enumerated().allSatisfy { $1.isNaN == ($0 / dimension == 20) })
    }
  }

  @Test("do not overflow far from all means", arguments: [1e3, 1e6, 1e15])
  func far(_ scale: Double) {
    expectTwins(buffers(17, 5, 2, scale: scale), within: .relative(2e-5)) {
      run($0, 17, 5, 2, score: false)
    }
  }

  @Test("have the score of their log-density")
  func score() {
    let x = buffers(6, 5, 3, scale: 3)
    let all = outcome(of: ReferenceKernels.self, x) { run($0, 6, 5, 3, score: true) }.buffers
    for i in 0..<18 {
      func logDensity(_ h: Float) -> Double {
        var moved = x
        moved[0][i] += h
        return outcome(of: ReferenceKernels.self, moved) { run($0, 6, 5, 3, score: false) }
          .buffers[3][i / 3]
      }
      let h: Float = 0x1p-10
      let (up, down) = (Double(x[0][i] + h), Double(x[0][i] - h))
      let slope = (logDensity(h) - logDensity(-h)) / (up - down)
      expect(all[4][i], equals: slope, within: .scaled(1e-4))
    }
  }
}

@Suite("Sinusoids of time")
struct FourierTests {
  @Test("agree with their slow twins, and so does their gradient", arguments: awkwardSizes)
  func twins(_ n: Int) {
    for (rows, count) in [(n, 3), (3, n)] {
      let buffers = [
        spread(rows, scale: 0.5, offset: 0.5), spread(count, seed: 1, scale: 50, offset: 50),
        spread(count, seed: 2), spread(2 * rows * count, seed: 3),
        spread(2 * rows * count, seed: 4), spread(count, seed: 5),
      ]
      // The angle, up to 100, is rounded to a float: half of 2⁻¹⁷, and sums of `rows` of them.
      expectTwins(buffers, within: .scaled(1e-5)) {
        $0.kernels.fourier(
          $0[0], frequencies: $0[1], phases: $0[2], to: $0[3], rows: rows, count: count)
      }
      expectTwins(buffers, within: .scaled(1e-5)) {
        $0.kernels.fourierGradient($0[3], $0[4], into: $0[5], rows: rows, count: count)
      }
    }
  }
}
