/// The first 624 words of the generator MT19937, for data sets that are defined by them.
///
/// Nothing else here draws from it: see `RandomStream`.
/// Reference: Matsumoto and Nishimura (1998), *Mersenne Twister*, doi:10.1145/272991.272995
struct MersenneTwister {
  /// The state after seeding.
  private let state: [UInt32]

  /// Number of words there are.
  static let count = 624

  /// The generator of a seed.
  init(seed: UInt32) {
    var state = [seed]
    for i in 1..<UInt32(Self.count) {
      let last = state[state.count - 1]
      state.append(1_812_433_253 &* (last ^ last >> 30) &+ i)
    }
    self.state = state
  }

  /// The word at a position: a twist of the state, tempered.
  ///
  /// The twist reads three words of the state before it. For the last 227 positions the third is a
  /// twisted word itself.
  func word(_ index: Int) -> UInt32 {
    var word = twisted(index)
    word ^= word >> 11
    word ^= word << 7 & 0x9d2c_5680
    word ^= word << 15 & 0xefc6_0000
    return word ^ word >> 18
  }

  private func twisted(_ index: Int) -> UInt32 {
    let next = index + 1 < Self.count ? state[index + 1] : twisted(0)
    let mixed = state[index] & 0x8000_0000 | next & 0x7fff_ffff
    let far = index + 397 < Self.count ? state[index + 397] : twisted(index + 397 - Self.count)
    return far ^ mixed >> 1 ^ (mixed & 1 == 0 ? 0 : 0x9908_b0df)
  }

  /// A number in [0, 1) from the 24 low bits of a word, as 32-bit floats are drawn in PyTorch.
  func unit(_ index: Int) -> Float { Float(word(index) & 0xff_ffff) * 0x1p-24 }
}
