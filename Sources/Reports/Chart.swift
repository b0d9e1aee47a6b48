/// A drawing with two axes.
struct Chart {
  /// One sentence for those who cannot see it, and below it for all.
  let caption: String
  /// Along the lower side.
  let x: Axis
  /// Along the left side.
  let y: Axis
  /// What is drawn, markup already.
  private var marks: [String] = []

  private static let (width, height) = (460.0, 240.0)
  private static let (left, right, top, bottom) = (58.0, 12.0, 22.0, 38.0)

  init(_ caption: String, x: Axis, y: Axis) {
    (self.caption, self.x, self.y) = (caption, x, y)
  }

  /// Where a point is; nil outside.
  private func place(_ first: Double, _ second: Double) -> (x: Double, y: Double)? {
    guard let across = x.fraction(first), let up = y.fraction(second) else { return nil }
    let (width, height) = (
      Chart.width - Chart.left - Chart.right, Chart.height - Chart.top - Chart.bottom
    )
    return (Chart.left + across * width, Chart.top + (1 - up) * height)
  }

  /// A line through points; it breaks where one is outside.
  mutating func addLine(_ points: [(Double, Double)], _ style: String) {
    var path = ""
    var isDown = false
    for point in points {
      guard let place = place(point.0, point.1) else {
        isDown = false
        continue
      }
      path += "\(isDown ? "L" : "M")\(short(place.x)) \(short(place.y))"
      isDown = true
    }
    marks.append(element("path", ["class": style, "d": path]))
  }

  /// A dot at each point that is inside.
  mutating func addDots(_ points: [(Double, Double)], radius: Double, _ style: String) {
    for place in points.compactMap({ place($0.0, $0.1) }) {
      marks.append(
        element(
          "circle",
          ["class": style, "cx": short(place.x), "cy": short(place.y), "r": short(radius)]))
    }
  }

  /// A column from the lower end of the axis to a value.
  mutating func addColumn(from low: Double, to high: Double, _ value: Double, _ style: String) {
    guard let corner = place(low, min(value, y.high)), let foot = place(high, y.low) else { return }
    marks.append(
      element(
        "rect",
        [
          "class": style, "x": short(corner.x), "y": short(corner.y),
          "width": short(max(0.5, foot.x - corner.x - 0.5)),
          "height": short(max(0, foot.y - corner.y)),
        ]))
  }

  /// A column for each part of a histogram.
  mutating func addHistogram(_ histogram: Histogram) {
    for (part, value) in histogram.densities.enumerated() where value > 0 {
      let (low, high) = histogram.ends(of: part)
      addColumn(from: low, to: high, value, "first-area")
    }
  }

  /// The drawing with its caption.
  var markup: String {
    let view = "0 0 \(short(Chart.width)) \(short(Chart.height))"
    let drawing = element(
      "svg",
      [
        "viewBox": view, "width": short(Chart.width), "height": short(Chart.height),
        "role": "img", "aria-label": caption,
      ], axes + marks.joined(separator: "\n"))
    return element(
      "figure", [:], drawing + element("figcaption", [:], escaped(caption)))
  }

  private var axes: String {
    let (right, floor) = (Chart.width - Chart.right, Chart.height - Chart.bottom)
    var parts = [
      element(
        "path",
        [
          "class": "axis",
          "d": "M\(short(Chart.left)) \(short(Chart.top))V\(short(floor))H\(short(right))",
        ])
    ]
    for tick in x.ticks {
      guard let place = place(tick, y.low) else { continue }
      parts.append(label(figure(tick), x: place.x, y: floor + 15, anchor: "middle"))
    }
    for tick in y.ticks {
      guard let place = place(x.low, tick) else { continue }
      parts.append(
        element(
          "path", ["class": "grid", "d": "M\(short(Chart.left)) \(short(place.y))H\(short(right))"])
      )
      parts.append(label(figure(tick), x: Chart.left - 6, y: place.y + 4, anchor: "end"))
    }
    parts.append(
      label(x.label, x: (Chart.left + right) / 2, y: Chart.height - 6, anchor: "middle"))
    parts.append(label(y.label, x: 6, y: 14, anchor: "start"))
    return parts.joined(separator: "\n")
  }

  private func label(_ text: String, x: Double, y: Double, anchor: String) -> String {
    element("text", ["x": short(x), "y": short(y), "text-anchor": anchor], escaped(text))
  }
}

/// A length in a drawing: one decimal.
private func short(_ x: Double) -> String { "\((10 * x).rounded() / 10)" }
