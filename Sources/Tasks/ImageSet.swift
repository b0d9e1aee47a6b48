import Storage

/// Images of one size with pixels from 0 (nothing) to 1, the last ones held back from learning.
public struct ImageSet: Sendable {
  /// Number of images.
  public let count: Int
  /// Rows of an image.
  public let rows: Int
  /// Columns of an image.
  public let columns: Int
  /// Those to learn from: all but the last ones.
  public let training: Range<Int>
  /// What each pixel counts, [count, rows, columns].
  private let shades: [UInt8]
  /// The pixel that a shade stands for, [256].
  private let levels: [Float]

  /// Images held back where there are enough.
  static let heldBack = 100

  /// D, the pixels of an image.
  public var dimension: Int { rows * columns }

  /// Images of shades from 0 to `whitest`, [count, rows, columns].
  /// - Parameter training: How many are for training; nil for all but the last 100.
  package init(
    _ shades: [UInt8], rows: Int, columns: Int, whitest: UInt8, training: Int? = nil
  ) {
    let count = shades.count / (rows * columns)
    (self.shades, self.count, self.rows, self.columns) = (shades, count, rows, columns)
    self.training = 0..<(training ?? (count > Self.heldBack ? count - Self.heldBack : count))
    levels = (0..<256).map { Float($0) / Float(whitest) }
  }

  /// Tells sets apart whose images differ.
  var checksum: UInt64 {
    var checksum = Checksum()
    checksum.update(shades)
    return checksum.value
  }

  /// Writes the pixels of an image, [D].
  public func pixels(of image: Int, into out: UnsafeMutablePointer<Float>) {
    precondition((0..<count).contains(image), "image \(image) of \(count)")
    shades.withUnsafeBufferPointer { shades in
      levels.withUnsafeBufferPointer { levels in
        for index in 0..<dimension { out[index] = levels[Int(shades[image * dimension + index])] }
      }
    }
  }

  /// The pixels of an image, [D].
  public func pixels(of image: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: dimension) { buffer, initialized in
      if let start = buffer.baseAddress { pixels(of: image, into: start) }
      initialized = dimension
    }
  }
}
