import Kernels
import Testing

/// A number whose bits are part of what a seed means.
struct KnownDraw: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bits: UInt64
  let draw: @Sendable (RandomStream) -> Double

  init(_ name: String, _ bits: UInt64, _ draw: @escaping @Sendable (RandomStream) -> Double) {
    (testDescription, self.bits, self.draw) = (name, bits, draw)
  }

  static let all = [
    KnownDraw("uniform", 0xbfeb_f6a0_2cdc_7773) {
      $0.draw(Uniform(in: -2..<5), step: 1, row: 2, column: 3)
    },
    KnownDraw("normal", 0x3fe1_93cf_7a8b_ca04) { $0.draw(Normal(), step: 1, row: 2, column: 3) },
    KnownDraw("exponential", 0x3ffc_984b_7e3d_f3ec) {
      $0.draw(Exponential(), step: 1, row: 2, column: 3)
    },
    KnownDraw("gumbel", 0xbfcf_b2f4_388f_dfd9) { $0.draw(Gumbel(), step: 1, row: 2, column: 3) },
    KnownDraw("gamma", 0x4000_e178_1834_fb74) {
      $0.draw(Gamma(shape: 2.5), step: 1, row: 2, column: 3)
    },
    KnownDraw("small gamma", 0x3ea8_c806_ec13_91db) {
      $0.draw(Gamma(shape: 0.1), step: 1, row: 2, column: 3)
    },
    KnownDraw("beta", 0x3fef_e984_8e32_69ba) { $0.draw(Beta(2, 0.7), step: 1, row: 2, column: 3) },
    KnownDraw("dirichlet", 0x3fdb_58cf_a959_68db) {
      $0.draw(Dirichlet([0.5, 2, 9]), step: 1, rows: 2..<3)[2]
    },
    KnownDraw("sphere", 0x3fdd_aaa7_73b9_1f83) {
      $0.draw(Sphere(dimension: 3), step: 1, rows: 2..<3)[2]
    },
    KnownDraw("categorical", 0x42db_ca27_0dbb_1680) { stream in
      digits(stream.draw(Categorical(weights: [1, 2, 3]), step: 1, rows: 0..<30))
    },
    KnownDraw("gumbel-max", 0x42d9_49fc_42fa_ef80) { stream in
      digits(stream.draw(GumbelMax(logits: [1, 2, 3]), step: 1, rows: 0..<30))
    },
    KnownDraw("permutation", 0x41fd_bd9c_c7c0_0000) {
      digits($0.draw(Permutation(of: 10), step: 1, rows: 2..<3))
    },
    KnownDraw("integers", 0x4308_7131_6bea_a5e8) {
      digits($0.draw(IntegerBelow(10), step: 1, rows: 0..<15))
    },
  ]
}

/// Small whole numbers as the digits of one.
private func digits(_ numbers: [Int]) -> Double {
  numbers.reduce(0) { ($0 * 10 + Double($1)).truncatingRemainder(dividingBy: 1e15) }
}

@Suite("Draws")
struct KnownDrawsTests {
  @Test("are the same on every machine and in every version", arguments: KnownDraw.all)
  func bits(_ known: KnownDraw) {
    let value = known.draw(RandomStream(seed: 2026))
    #expect(value.bitPattern == known.bits, "\(value) is 0x\(String(value.bitPattern, radix: 16))")
  }
}
