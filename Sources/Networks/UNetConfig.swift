/// The numbers of a denoising U-Net.
public struct UNetConfig: Codable, Sendable, Equatable {
  /// Channels of the images, in and out.
  public var channels = 3
  /// Channels of the first level, C.
  public var width = 64
  /// Channels of each level as multiples of C; each level has half the height and width of the one before.
  public var multiples = [1, 2, 4]
  /// Residual blocks of a level on the way down, and as many on the way up.
  public var blocks = 2
  /// Groups of channels of the normalisations.
  public var groups = 8
  /// Levels, from 0, whose blocks are followed by self-attention; between the middle blocks it always is.
  public var attentionLevels = [2]
  /// Heads of the attention.
  public var heads = 1
  /// Classes an image may belong to; 0 for none.
  public var classes = 0

  /// The defaults: for images of 32 by 32.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case channels, width, multiples, blocks, groups
    case attentionLevels = "attention_levels"
    case heads, classes
  }
}

/// Why a U-Net cannot be made or applied.
public struct UNetError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, with the number that is.
  public let description: String
}

extension UNetConfig {
  /// Checks the numbers.
  /// - Throws: `UNetError`.
  public func validate() throws(UNetError) {
    let sizes = [channels, width, blocks, groups, heads] + multiples
    guard sizes.allSatisfy({ $0 > 0 }), !multiples.isEmpty, classes >= 0 else {
      throw UNetError(description: "a U-Net's sizes must be positive: \(self)")
    }
    guard width % 2 == 0 else {
      throw UNetError(description: "width is \(width); half of it are sines, half cosines")
    }
    for multiple in multiples where width * multiple % groups != 0 {
      throw UNetError(description: "\(groups) groups do not divide \(width * multiple) channels")
    }
    for multiple in multiples where width * multiple % heads != 0 {
      throw UNetError(description: "\(heads) heads do not divide \(width * multiple) channels")
    }
    for level in attentionLevels where !multiples.indices.contains(level) {
      throw UNetError(description: "attention at level \(level) of \(multiples.count)")
    }
  }

  /// Checks that images can be halved as often as there are levels: what is halved and doubled must have
  /// its size again, to be joined with what it was.
  /// - Throws: `UNetError`.
  public func validate(height: Int, width: Int) throws(UNetError) {
    let divisor = 1 << (multiples.count - 1)
    guard height > 0, width > 0, height % divisor == 0, width % divisor == 0 else {
      throw UNetError(
        description: "images are \(height) by \(width); both must be multiples of \(divisor)")
    }
  }
}
