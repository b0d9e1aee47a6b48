/// Images side by side on one sheet.
public struct ImageSheet: Sendable {
  /// Pixels of the gap between images, and of an image's pixel.
  private static let gap = 1
  private let images: [Float]
  private let rows, columns, channels, count: Int

  /// - Parameters:
  ///   - images: [count, rows, columns, channels], from -1 for black to 1 for white.
  ///   - channels: 1 or 3.
  public init(_ images: [Float], rows: Int, columns: Int, channels: Int = 1) {
    precondition(rows > 0 && columns > 0, "images without pixels")
    (self.images, self.rows, self.columns, self.channels) = (images, rows, columns, channels)
    count = images.count / (rows * columns * channels)
  }

  /// Square images of so many numbers; nil where they are not square.
  public init?(square images: [Float], dimension: Int) {
    for channels in [1, 3] where dimension % channels == 0 {
      let edge = Int(Double(dimension / channels).squareRoot().rounded())
      guard edge > 0, edge * edge * channels == dimension else { continue }
      self.init(images, rows: edge, columns: edge, channels: channels)
      return
    }
    return nil
  }

  /// The sheet as a picture, each pixel of an image a square of `scale` by `scale`.
  /// - Parameter perRow: Images of a row; nil for about as many as there are rows.
  public func picture(perRow: Int? = nil, scale: Int = 4) -> PortableNetworkGraphics {
    let across = max(1, perRow ?? Int(Double(count).squareRoot().rounded(.up)))
    let down = max(1, (count + across - 1) / across)
    let (cellRows, cellColumns) = (rows * scale + Self.gap, columns * scale + Self.gap)
    let (width, height) = (across * cellColumns + Self.gap, down * cellRows + Self.gap)
    var pixels = [UInt8](repeating: 128, count: width * height * channels)
    for image in 0..<count {
      let (top, left) = (
        image / across * cellRows + Self.gap, image % across * cellColumns + Self.gap
      )
      for row in 0..<rows * scale {
        for column in 0..<columns * scale {
          for channel in 0..<channels {
            let place = ((top + row) * width + left + column) * channels + channel
            pixels[place] = shade(image, row / scale, column / scale, channel)
          }
        }
      }
    }
    return PortableNetworkGraphics(pixels, width: width, height: height, channels: channels)
  }

  private func shade(_ image: Int, _ row: Int, _ column: Int, _ channel: Int) -> UInt8 {
    let value = images[((image * rows + row) * columns + column) * channels + channel]
    guard value.isFinite else { return 0 }
    return UInt8((127.5 * (1 + min(1, max(-1, value)))).rounded())
  }
}
