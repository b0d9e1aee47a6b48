import Kernels

/// One coloured shape on a dark ground.
struct ShapeScene {
  /// What is true of it.
  let caption: ShapeCaption
  /// In parts of the picture's edge, from its upper left corner.
  private let centre: SIMD2<Double>
  private let radius: Double
  /// Red, green and blue from 0 to 1.
  private let colour: SIMD3<Double>
  private let ground: SIMD3<Double>

  /// A scene with a caption drawn evenly.
  init(_ words: inout RandomWords) {
    func around(_ middle: Double, _ most: Double) -> Double {
      middle + most * (2 * words.unit() - 1)
    }
    caption = ShapeCaption(
      ShapeCaption.attributes.map { min($0.count - 1, Int(words.unit() * Double($0.count))) })
    let values = caption.values
    radius = around([0.17, 0.27][values[0]], 0.015)
    let middle = colours[values[1]]
    colour = SIMD3(around(middle.x, 0.08), around(middle.y, 0.08), around(middle.z, 0.08))
    let place = places[values[3]]
    centre = SIMD2(around(place.x, 0.05), around(place.y, 0.05))
    ground = SIMD3(repeating: around(0.14, 0.1))
  }

  /// The picture, [edge, edge, 3], pixels from 0 to 255: the mean of 4 by 4 points of each.
  func shades(edge: Int) -> [UInt8] {
    var shades: [UInt8] = []
    for row in 0..<edge {
      for column in 0..<edge {
        var inside = 0
        for index in 0..<16 {
          let x = (Double(column) + (Double(index % 4) + 0.5) / 4) / Double(edge)
          let y = (Double(row) + (Double(index / 4) + 0.5) / 4) / Double(edge)
          if covers(SIMD2(x, y) - centre) { inside += 1 }
        }
        let part = Double(inside) / 16
        let pixel = part * colour + (1 - part) * ground
        for channel in 0..<3 {
          shades.append(UInt8((255 * min(1, max(0, pixel[channel]))).rounded()))
        }
      }
    }
    return shades
  }

  /// Whether a point relative to the centre is in the shape; shapes of one size have about the same area.
  private func covers(_ point: SIMD2<Double>) -> Bool {
    let (x, y) = (point.x / radius, point.y / radius)
    switch caption.values[2] {
    case 0: return x * x + y * y < 1
    case 1: return max(x.magnitude, y.magnitude) < 0.88
    default: return y < 0.85 && y > 2 * x.magnitude - 1.35
    }
  }
}

private let colours: [SIMD3<Double>] = [
  SIMD3(0.9, 0.15, 0.15), SIMD3(0.15, 0.75, 0.25), SIMD3(0.2, 0.35, 0.92), SIMD3(0.92, 0.85, 0.15),
]
private let places: [SIMD2<Double>] = [
  SIMD2(0.28, 0.5), SIMD2(0.72, 0.5), SIMD2(0.5, 0.28), SIMD2(0.5, 0.72), SIMD2(0.5, 0.5),
]
