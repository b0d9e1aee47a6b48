import Foundation
import Testing

@testable import Reports

@Suite("A page")
struct PageTests {
  @Test("lets no text become markup")
  func escaping() {
    #expect(escaped("a < b & \"c\" > d") == "a &lt; b &amp; &quot;c&quot; &gt; d")
    #expect(element("i", ["title": "\"><script>"], "x").contains("<script>") == false)
    var page = Page(title: "<b>")
    page.sections = [("<script>", "")]
    #expect(!page.text.contains("<script>") && !page.text.contains("<b>"))
  }

  @Test("needs no other file")
  func alone() {
    let text = Page(title: "x").text
    for word in ["http", "src=", "href=", "url(", "@import"] { #expect(!text.contains(word)) }
  }
}

@Suite("A chart")
struct ChartTests {
  @Test(
    "has round ticks inside its range",
    arguments: [(0.0, 1.0), (-3.7, 12.2), (1e-9, 3e-9), (-2e6, 5e7), (0.0, 1e300)])
  func ticks(_ low: Double, _ high: Double) {
    let ticks = Axis("x", from: low, to: high).ticks
    #expect((2...12).contains(ticks.count))
    #expect(ticks.allSatisfy { low <= $0 && $0 <= high })
    #expect(ticks == ticks.sorted())
  }

  @Test("places values, and leaves out what is outside or no number")
  func fractions() {
    let axis = Axis("x", from: -1, to: 3)
    #expect(axis.fraction(-1) == 0 && axis.fraction(3) == 1 && axis.fraction(0) == 0.25)
    for value in [-1.1, 3.1, .nan, .infinity] { #expect(axis.fraction(value) == nil) }
    let powers = Axis("x", holding: [1, 10_000], isLogarithmic: true)
    let middle = powers.fraction(100) ?? .nan
    #expect((middle - 0.5).magnitude < 1e-12)
    #expect(powers.ticks.contains(10) && powers.ticks.contains(1000))
    #expect(powers.fraction(0) == nil)
  }

  @Test("holds a single value, or none")
  func degenerate() {
    for values in [[], [2.0], [2, 2, 2], [.nan, .infinity]] as [[Double]] {
      let axis = Axis("x", holding: values)
      #expect(axis.low < axis.high && !axis.ticks.isEmpty)
    }
  }

  @Test("breaks a line where it leaves the frame")
  func lines() {
    var chart = Chart("c", x: Axis("x", from: 0, to: 4), y: Axis("y", from: 0, to: 1))
    chart.addLine([(0, 0), (1, 0.5), (2, .nan), (3, 0.5), (4, 2)], "first")
    let path = chart.markup.components(separatedBy: "class=\"first\" d=\"").last ?? ""
    let drawing = path.prefix { $0 != "\"" }
    #expect(drawing.count { $0 == "M" } == 2 && drawing.count { $0 == "L" } == 1)
  }

  @Test("is well-formed")
  func wellFormed() {
    var chart = Chart("a < b", x: Axis("x & y", from: 0, to: 1), y: Axis("\"", from: 0, to: 1))
    chart.addHistogram(Histogram([0.1, 0.2, 0.9], from: 0, to: 1, parts: 4))
    chart.addDots([(0.5, 0.5)], radius: 2, "first-dot")
    let markup = chart.markup
    for name in ["figure", "svg", "text", "path", "rect", "circle", "figcaption"] {
      let opened = markup.components(separatedBy: "<\(name)").count
      #expect(opened == markup.components(separatedBy: "</\(name)>").count && opened > 1)
    }
  }
}

@Suite("A histogram")
struct HistogramTests {
  @Test("has the area of what is inside")
  func area() {
    let histogram = Histogram([0.1, 0.2, 0.2, 0.6, 5], from: 0, to: 1, parts: 10)
    let area = histogram.densities.reduce(0) { $0 + $1 * histogram.width }
    #expect((area - 0.8).magnitude < 1e-12)
    #expect(histogram.densities[2] == 2 * histogram.densities[1])
  }

  @Test("weighs values")
  func weights() {
    let histogram = Histogram([0.1, 0.6], weights: [1, 3], from: 0, to: 1, parts: 2)
    #expect(histogram.densities == [0.5, 1.5])
  }

  @Test("leaves out extremes from its range, not from a small sample")
  func ranges() {
    let values = (0..<1000).map { Double($0) } + [1e9]
    #expect(range(of: values, leaving: 0.01).high < 2000)
    #expect(range(of: [1], leaving: 0.01) == (0.5, 1.5))
    #expect(range(of: [], leaving: 0.01) == (0, 1))
  }
}
