import Storage
import Testing

@Suite("The checksum")
struct ChecksumTests {
  /// The bytes of xxHash's own self-test.
  static let sample: [UInt8] = {
    var generator: UInt64 = 2_654_435_761
    return (0..<2243).map { _ in
      defer { generator &*= 11_400_714_785_074_694_797 }
      return UInt8(truncatingIfNeeded: generator >> 56)
    }
  }()

  @Test(
    "gives the published values of XXH64",
    arguments: [
      ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
    ] as [(String, UInt64)])
  func texts(text: String, expected: UInt64) {
    var checksum = Checksum()
    checksum.update(Array(text.utf8))
    #expect(checksum.value == expected)
  }

  @Test(
    "gives the values of the reference self-test",
    arguments: [
      (1, 0xE934_A84A_DB05_2768), (4, 0x9136_A0DC_A574_57EE), (7, 0x6C83_909A_9F01_ED25),
      (8, 0xCDBC_F538_E71D_1348), (12, 0x0723_BF50_086E_AD9A), (14, 0x8282_DCC4_994E_35C8),
      (31, 0x299B_39A2_90E6_D783), (32, 0x18B2_1649_2BB4_4B70), (33, 0x55C8_DC3E_578F_5B59),
      (63, 0xA9EF_BE0F_A0F3_F4E7), (64, 0xEF55_8F8A_CAC2_B5CD), (100, 0x4BFE_019C_D91D_9EA4),
      (222, 0xB641_AE8C_B691_C174), (2243, 0x6580_659B_3A2F_D03D),
    ] as [(Int, UInt64)])
  func selfTest(count: Int, expected: UInt64) {
    var checksum = Checksum()
    checksum.update(Array(Self.sample[..<count]))
    #expect(checksum.value == expected)
  }

  @Test("does not depend on how the bytes are cut", arguments: 0...100)
  func pieces(cut: Int) {
    var whole = Checksum()
    whole.update(Array(Self.sample[..<100]))
    var pieces = Checksum()
    pieces.update(Array(Self.sample[..<(cut / 3)]))
    pieces.update(Array(Self.sample[(cut / 3)..<cut]))
    pieces.update(Array(Self.sample[cut..<100]))
    #expect(pieces.value == whole.value)
  }

  @Test("is written with 16 digits")
  func digits() {
    #expect(Checksum().hexadecimal == "ef46db3751d8e999")
    #expect(hexadecimal(UInt64(1)) == "0000000000000001" && hexadecimal(UInt8(255)) == "ff")
  }
}
