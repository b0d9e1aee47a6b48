import Storage

/// Images of one size with pixels from 0 (nothing) to 1, the last ones held back from learning.
public struct ImageSet: Sendable {
  /// Number of images.
  public let count: Int
  /// Rows of an image.
  public let rows: Int
  /// Columns of an image.
  public let columns: Int
  /// Numbers of a pixel: 1, or 3 for red, green and blue.
  public let channels: Int
  /// Those to learn from: all but the last ones.
  public let training: Range<Int>
  /// The class of each image, [count]; empty where they are not known.
  public let labels: [Int]
  /// What each pixel counts, [count, rows, columns, channels].
  private let shades: [UInt8]
  /// The pixel that a shade stands for, [256].
  private let levels: [Float]

  /// Images held back where there are enough.
  static let heldBack = 100

  /// D, the numbers of an image.
  public var dimension: Int { rows * columns * channels }

  /// Images of shades from 0 to `whitest`, [count, rows, columns, channels].
  /// - Parameters:
  ///   - training: How many are for training; nil for all but the last 100.
  ///   - labels: The class of each; empty where they are not known.
  package init(
    _ shades: [UInt8], rows: Int, columns: Int, channels: Int = 1, whitest: UInt8,
    training: Int? = nil, labels: [Int] = []
  ) {
    let count = shades.count / (rows * columns * channels)
    precondition(labels.isEmpty || labels.count == count, "a label for each image")
    self.labels = labels
    (self.shades, self.count, self.rows, self.columns) = (shades, count, rows, columns)
    self.channels = channels
    self.training = 0..<(training ?? (count > Self.heldBack ? count - Self.heldBack : count))
    levels = (0..<256).map { Float($0) / Float(whitest) }
  }

  /// Batches in which all images for training are seen once.
  func batches(of size: Int) -> Int { (training.count + size - 1) / size }

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

  /// Writes the pixels of an image, [D], from -1 for nothing to 1.
  public func signedPixels(of image: Int, into out: UnsafeMutablePointer<Float>) {
    pixels(of: image, into: out)
    for index in 0..<dimension { out[index] = 2 * out[index] - 1 }
  }

  /// The images of some classes, one after the other, [n, D], from -1 for nothing to 1.
  /// - Parameters:
  ///   - classes: Empty for all.
  ///   - range: Which to choose from.
  public func signedImages(of classes: [Int], in range: Range<Int>) -> [Float] {
    let chosen = range.filter { classes.isEmpty || classes.contains(labels[$0]) }
    return chosen.flatMap { image in pixels(of: image).map { 2 * $0 - 1 } }
  }
}
