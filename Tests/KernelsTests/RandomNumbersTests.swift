import KernelTables
import Kernels
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a counter and a key give, from the authors' table for Philox4x32-10.
struct KnownAnswer: Sendable {
  let counter: [UInt32]
  let key: UInt64
  let words: [UInt32]

  static let all = [
    KnownAnswer(
      counter: [0, 0, 0, 0], key: 0,
      words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      counter: [.max, .max, .max, .max], key: .max,
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: 0x299f_31d0_a409_3822,
      words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]
}

func draw(
  _ kernels: any KernelSet.Type, normal: Bool, key: UInt64 = 5, step: UInt32 = 0, firstRow: Int = 0,
  rows: Int, columns: Int
) -> [Double] {
  let fill = normal ? kernels.normals : kernels.uniforms
  return outcome(of: kernels, [[Float](repeating: 0, count: rows * columns)]) {
    fill(key, step, firstRow, rows, columns, $0[0])
  }.buffers[0]
}

@Suite("Random numbers")
struct RandomNumbersTests {
  let best = InstructionSet.available[0].kernels

  @Test("have the published words", arguments: KnownAnswer.all)
  func knownAnswers(_ known: KnownAnswer) {
    let c = known.counter
    let words = ReferenceKernels.philox((c[0], c[1], c[2], c[3]), key: known.key)
    #expect([words.0, words.1, words.2, words.3] == known.words)
  }

  @Test("are the words' upper bits on every instruction set")
  func uniformsOfWords() {
    for set in InstructionSet.available {
      let u = draw(set.kernels, normal: false, key: 0, rows: 1, columns: 4)
      #expect(u == KnownAnswer.all[0].words.map { (Double($0 >> 9) + 0.5) * 0x1p-23 })
    }
  }

  @Test("match their slow twin for every shape", arguments: awkwardSizes)
  func twins(_ n: Int) {
    for (rows, columns) in [(n, 3), (3, n)] {
      let buffers = (0..<2).map { spread(rows * columns, seed: UInt64($0)) }
      expectTwins(buffers, within: .absolute(3e-6)) {
        $0.kernels.normals(
          key: 1 << 40, step: 7, firstRow: 9, rows: rows, columns: columns, to: $0[0])
        $0.kernels.uniforms(key: 3, step: 7, firstRow: 9, rows: rows, columns: columns, to: $0[1])
      }
    }
  }

  @Test("do not depend on how rows are split", arguments: [1, 2, 3, 5, 17])
  func splits(_ columns: Int) {
    for set in InstructionSet.available {
      for normal in [false, true] {
        func rows(_ first: Int, _ count: Int) -> [Double] {
          draw(set.kernels, normal: normal, firstRow: first, rows: count, columns: columns)
        }
        #expect(rows(0, 10) == rows(0, 3) + rows(3, 7))
        #expect(rows(4, 1) == Array(rows(0, 10)[4 * columns..<5 * columns]))
      }
    }
  }

  /// Rows where a word's upper 24 bits are all ones.
  @Test("are never 0 or 1", arguments: [921_823, 5_150_801, 8_459_372])
  func openInterval(_ row: Int) {
    for set in InstructionSet.available {
      let u = draw(set.kernels, normal: false, key: 0, firstRow: row, rows: 1, columns: 4)
      #expect((u.max() ?? 1) == 1 - 0x1p-24)
    }
  }

  /// 400,000 numbers; each comparison with 4 standard errors fails for 1 stream in 16,000.
  @Test("have the moments and tails of the standard normal")
  func moments() {
    let x = draw(best, normal: true, rows: 40_000, columns: 10)
    for (power, truth) in [1: 0.0, 2: 1, 3: 0, 4: 3, 6: 15] {
      let powers = x.map { x in (0..<power).reduce(1.0) { product, _ in product * x } }
      expectMean(of: powers, is: truth, within: .standardErrors(4), "power \(power)")
    }
    for bound in [1.0, 2, 3, 4] {
      let beyond = x.map { $0.magnitude > bound ? 1.0 : 0 }
      expectMean(of: beyond, is: erfc(bound / 2.0.squareRoot()), within: .standardErrors(4.5))
    }
  }

  /// A distance above 2 has a chance of 1 in 1500.
  @Test("have the distribution functions they should")
  func distribution() {
    let normals = draw(best, normal: true, rows: 1, columns: 50_000)
    let uniforms = draw(best, normal: false, rows: 50_000, columns: 1)
    #expect(kolmogorovDistance(normals) { erfc(-$0 / 2.0.squareRoot()) / 2 } < 2)
    #expect(kolmogorovDistance(uniforms) { $0 } < 2)
  }

  @Test("are independent between columns, rows, steps, seeds and purposes")
  func independence() {
    let root = RandomStream(seed: 3)
    let keys = [
      root.key, RandomStream(seed: 4).key, root.folding(0).key, root.folding(1).key,
      root.folding(.training).key, root.folding(.sampling).key,
    ]
    #expect(Set(keys).count == keys.count)
    var streams = keys.map { draw(best, normal: true, key: $0, rows: 5000, columns: 1) }
    streams.append(draw(best, normal: true, key: root.key, step: 1, rows: 5000, columns: 1))
    streams.append(draw(best, normal: true, key: root.key, firstRow: 1, rows: 5000, columns: 1))
    let matrix = draw(best, normal: true, key: root.key, rows: 5000, columns: 8)
    streams += (1..<8).map { j in (0..<5000).map { matrix[8 * $0 + j] } }
    for i in streams.indices {
      for j in 0..<i {
        let products = zip(streams[i], streams[j]).map { $0 * $1 }
        expectMean(of: products, is: 0, within: .standardErrors(4.5), "streams \(i) and \(j)")
      }
    }
  }
}
