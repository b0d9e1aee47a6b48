import Networks
import Tensors
import TestSupport
import Testing

@Suite("An equivariant graph network")
struct EGNNTests {
  /// A network whose moves are not as tiny as they begin.
  private func network(
    particles: Int = 4, layers: Int = 2, in set: ParameterSet
  ) -> EGNN {
    EGNN("egnn", particles: particles, spaceDimension: 3, width: 8, layers: layers, in: set)
  }

  /// Three rows of four particles.
  private let x = Input(Shape(3, 12), seed: 1, scale: 1.5)
  private let times = Input(Shape(3, 1), seed: 2, scale: 0.5, shift: 0.5)

  /// The field, or the features, at other points, in 64-bit floats.
  private func values(
    at points: [Double], readsFeatures: Bool = false, edges: ((Tape) -> Edges)? = nil
  ) -> [Double] {
    let set = ParameterSet()
    let network = network(in: set)
    let parameters = spread(set.count, seed: 5, scale: 0.7).map { Double($0) }
    let tape = Tape(.float64)
    let shape = Shape(set.count)
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: tape.copy(parameters, shape).data,
        transposes: tape.copy(transposes(of: parameters, in: set), shape).data, gradients: nil))
    let (x, t) = (tape.copy(points, x.shape), tape.copy(times.values, times.shape))
    let list = edges?(tape)
    return readsFeatures
      ? network.features(x, at: t, edges: list, context).values
      : network(x, at: t, edges: list, context).values
  }

  /// Every particle through a map of space.
  private func mapped(_ x: [Double], _ map: ([Double]) -> [Double]) -> [Double] {
    stride(from: 0, to: x.count, by: 3).flatMap { map(Array(x[$0..<$0 + 3])) }
  }

  /// A rotation about a skew axis: quaternion (1, 2, 3, 4) / √30.
  private func rotated(_ v: [Double]) -> [Double] {
    let m = [
      [-20.0, 4, 22], [20, -10, 20], [10, 28, 4],
    ].map { $0.map { $0 / 30 } }
    return m.map { row in zip(row, v).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  @Test("has the gradient of its differences", arguments: [0, 1, 3])
  func gradient(_ rows: Int) {
    let inputs = [
      Input(Shape(rows, 9), seed: 1, scale: 1.5), Input(Shape(rows, 1), seed: 2, scale: 0.5),
    ]
    expectLayerGradient(at: inputs, step: 2e-4, within: .scaled(1e-5)) { set in
      let network = network(particles: 3, in: set)
      return { network($1[0], at: $1[1], $0) }
    }
  }

  @Test("has the gradient of its differences where edges go by runs", arguments: [1, 2])
  func manyEdges(_ rows: Int) {
    let particles = 24
    let inputs = [
      Input(Shape(rows, 3 * particles), seed: 1, scale: 1.5),
      Input(Shape(rows, 1), seed: 2, scale: 0.5),
    ]
    expectLayerGradient(at: inputs, step: 2e-4, within: .scaled(1e-5)) { set in
      let network = network(particles: particles, in: set)
      return { network($1[0], at: $1[1], $0) }
    }
  }

  @Test("has the gradient of its features")
  func featureGradient() {
    expectLayerGradient(at: [x, times], step: 2e-4, within: .scaled(1e-5)) { set in
      let network = network(in: set)
      return { network.features($1[0], at: $1[1], $0) }
    }
  }

  @Test("turns, reflects and does not shift with its particles; features stay")
  func motions() {
    let (field, features) = (values(at: x.values), values(at: x.values, readsFeatures: true))
    #expect(field.contains { $0.magnitude > 0.1 })
    for map in [rotated, { [-$0[0], $0[1], $0[2]] }] {
      expect(
        values(at: mapped(x.values, map)), equals: mapped(field, map), within: .scaled(1e-10))
      expect(
        values(at: mapped(x.values, map), readsFeatures: true), equals: features,
        within: .scaled(1e-10))
    }
    let shifted = mapped(x.values) { [$0[0] + 2, $0[1] - 3, $0[2] + 0.5] }
    expect(values(at: shifted), equals: field, within: .scaled(1e-10))
    expect(values(at: shifted, readsFeatures: true), equals: features, within: .scaled(1e-10))
  }

  @Test("exchanges with its particles")
  func permutation() {
    let order = [2, 0, 3, 1]
    func permuted(_ x: [Double]) -> [Double] {
      var result: [Double] = []
      for row in 0..<3 {
        for particle in order {
          let first = 12 * row + 3 * particle
          result += x[first..<first + 3]
        }
      }
      return result
    }
    expect(
      values(at: permuted(x.values)), equals: permuted(values(at: x.values)),
      within: .scaled(1e-10))
  }

  @Test("moves no row's mean")
  func mean() {
    let field = values(at: x.values)
    for row in 0..<3 {
      for axis in 0..<3 {
        let sum = (0..<4).reduce(0) { $0 + field[12 * row + 3 * $1 + axis] }
        expect(sum, equals: 0, within: .absolute(1e-12))
      }
    }
  }

  @Test("is the same for all pairs and for a list of all neighbours, in any order of receivers")
  func neighbours() {
    var pairs: [(Int, Int)] = []
    for i in 0..<12 {
      for j in 0..<12 where j != i && j / 4 == i / 4 { pairs.append((i, j)) }
    }
    let later = pairs.filter { $0.0 % 2 == 1 } + pairs.filter { $0.0 % 2 == 0 }
    for list in [pairs, later] {
      let field = values(at: x.values) {
        $0.edges(nodes: 12, receivers: list.map(\.0), senders: list.map(\.1))
      }
      #expect(field == values(at: x.values))
    }
    let fewer = values(at: x.values) {
      $0.edges(
        nodes: 12, receivers: pairs.dropFirst().map(\.0), senders: pairs.dropFirst().map(\.1))
    }
    #expect(fewer != values(at: x.values))
    #expect(Array(fewer.suffix(24)) == Array(values(at: x.values).suffix(24)))
  }

  @Test("has the divergence of its differences")
  func divergence() {
    let set = ParameterSet()
    let network = network(in: set)
    let parameters = spread(set.count, seed: 5, scale: 0.7).map { Double($0) }
    let tape = Tape(.float64)
    let shape = Shape(set.count)
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: tape.copy(parameters, shape).data,
        transposes: tape.copy(transposes(of: parameters, in: set), shape).data, gradients: nil))
    let t = tape.copy(times.values, times.shape)
    let trace = tape.jacobianTrace(at: tape.copy(x.values, x.shape)) {
      network($0, at: t, context)
    }
    for row in 0..<3 {
      let expected = (0..<12).reduce(0.0) { sum, k in
        sum
          + centralDifference { h in
            var moved = x.values
            moved[12 * row + k] += h
            return values(at: moved)[12 * row + k]
          }
      }
      expect(trace[row], equals: expected, within: .absolute(1e-6))
    }
  }

  @Test("has as many parameters as published", arguments: [(3, 347_908), (5, 579_590)])
  func parameters(_ layers: Int, _ count: Int) {
    let set = ParameterSet()
    _ = EGNN("egnn", particles: 13, spaceDimension: 3, layers: layers, in: set)
    #expect(set.count == count)
  }
}
