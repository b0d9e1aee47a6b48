import Densities
import Kernels
import Storage
import TestSupport
import Testing

@testable import Samplers

/// log r = offset + x₀ / 2.
private struct Ramp: DifferentiableDensity {
  let offset: Float
  let dimension = 2

  func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    for row in 0..<x.count { out[row] = offset + x.data[2 * row] / 2 }
  }

  func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    logDensity(of: x, into: out)
    for row in 0..<x.count { (score[2 * row], score[2 * row + 1]) = (0.5, 0) }
  }
}

@Suite("Draws that a constraint's score guides")
struct GuidedDrawsTests {
  private func prior() throws -> Run {
    let settings: JSONValue = [
      "method": "denoising", "steps": 0,
      "denoising": ["steps": 10, "network": ["kind": "closed-form"]],
    ]
    let mixture: JSONValue = ["means": [[0, 0]], "weights": [1], "standard_deviation": 1]
    return try Run(
      NamedDensity("gaussian-mixture", config: mixture), overrides: settings,
      pool: ThreadPool(threads: 2))
  }

  private func meanOfFirst(_ x: [Float]) -> Double {
    stride(from: 0, to: x.count, by: 2).reduce(0) { $0 + 2 * Double(x[$1]) / Double(x.count) }
  }

  @Test("follow the logarithm wherever they are, the distance only where r is not 0")
  func losses() throws {
    let run = try prior()
    for kind in DenoisingGuidanceKind.allCases {
      func draws(_ loss: GuidanceLoss, offset: Float, scale: Double) throws -> [Float] {
        try run.guided(
          1000, seed: 1, by: Ramp(offset: offset), Guidance(kind, scale: scale, lowering: loss))
      }
      let free = try draws(.logarithm, offset: 0, scale: 0)
      let far = try draws(.logarithm, offset: -200, scale: 1)
      let sure = try draws(.logarithm, offset: 0, scale: 1)
      expect(far.map { Double($0) }, equals: sure.map { Double($0) }, within: .absolute(1e-3))
      #expect(meanOfFirst(far) > meanOfFirst(free) + 0.3, "\(kind)")
      #expect(try draws(.distance, offset: -200, scale: 1) == free)
      let near = try draws(.distance, offset: 0, scale: 1)
      #expect(meanOfFirst(near) > meanOfFirst(free) + 0.3, "\(kind)")
      #expect(near != far)
    }
  }

  @Test("weigh particles as the derivatives of what they lower do")
  func weights() {
    let values = [-0.3, -2, -1.1, -40]
    func loss(_ kind: GuidanceLoss, _ values: [Double]) -> Double {
      let mean = values.reduce(0) { $0 + scalarExp($1) } / Double(values.count)
      return kind == .logarithm ? -scalarLog(mean) : 1 - mean
    }
    for kind in [GuidanceLoss.logarithm, .distance] {
      let weights = Guidance(.lgd, scale: 1, lowering: kind).weights(values)
      for index in values.indices {
        let slope = centralDifference(step: 1e-5) { h in
          var moved = values
          moved[index] += h
          return loss(kind, moved)
        }
        expect(weights[index], equals: -slope, within: .absolute(1e-8))
      }
    }
  }
}
