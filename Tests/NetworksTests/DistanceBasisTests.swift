import Kernels
import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite("Bumps over distances")
struct DistanceBasisTests {
  @Test("are 1 at their centres, and fall as a Gaussian of the spacing")
  func values() {
    let basis = DistanceBasis(count: 4, reach: 6)
    let tape = Tape(.float64)
    let distances = [0.0, 1, 2, 6, 20]
    let bumps = basis(tape.copy(distances.map { $0 * $0 }, Shape(5, 1)), tape)
    #expect(bumps.shape == Shape(5, 4))
    var truth: [Double] = []
    for r in distances {
      for k in 0..<4 {
        let offset: Double = r / 2 - Double(k)
        truth.append(scalarExp(-0.5 * offset * offset))
      }
    }
    expect(bumps.values, equals: truth, within: .absolute(1e-4))
  }

  @Test("leave a graph network the gradient of its differences")
  func gradient() {
    let inputs = [Input(Shape(2, 9), seed: 1, scale: 1.5), Input(Shape(2, 1), seed: 2, scale: 0.5)]
    expectLayerGradient(at: inputs, step: 2e-4, within: .scaled(1e-5)) { set in
      let network = EGNN(
        "egnn", particles: 3, spaceDimension: 3, width: 8, layers: 2,
        basis: DistanceBasis(count: 5, reach: 4), in: set)
      return { network($1[0], at: $1[1], $0) }
    }
  }
}
