import KernelTables

extension ReferenceKernels {
  package static func lstm(_ b: LSTMBuffers, next: UnsafeMutableRawPointer) {
    forEachUnit(b.rows, b.width) { r, k, w in
      func gate(_ index: Int) -> Double { b.gates.doubles[(4 * r + index) * w + k] }
      let old = b.state.doubles[(2 * (r % b.stateRows) + 1) * w + k]
      let (i, f) = (Elementary.sigmoid(gate(0)), Elementary.sigmoid(gate(1)))
      let (g, o) = (Elementary.hyperbolicTangent(gate(2)), Elementary.sigmoid(gate(3)))
      let c = f * old + i * g
      let t = Elementary.hyperbolicTangent(c)
      for (index, value) in [i, f, g, o, t].enumerated() {
        b.active.doubles[(5 * r + index) * w + k] = value
      }
      next.doubles[2 * r * w + k] = o * t
      next.doubles[(2 * r + 1) * w + k] = c
    }
  }

  package static func lstmGradient(
    _ b: LSTMBuffers, next: UnsafeRawPointer, gates: UnsafeMutableRawPointer,
    state: UnsafeMutableRawPointer?
  ) {
    forEachUnit(b.rows, b.width) { r, k, w in
      func active(_ index: Int) -> Double { b.active.doubles[(5 * r + index) * w + k] }
      let memory = (2 * (r % b.stateRows) + 1) * w + k
      let (i, f, g, o, t) = (active(0), active(1), active(2), active(3), active(4))
      let dh = next.doubles[2 * r * w + k]
      let dc = next.doubles[(2 * r + 1) * w + k] + dh * o * (1 - t * t)
      let slopes = [
        dc * g * i * (1 - i), dc * b.state.doubles[memory] * f * (1 - f), dc * i * (1 - g * g),
        dh * t * o * (1 - o),
      ]
      for (index, value) in slopes.enumerated() { gates.doubles[(4 * r + index) * w + k] = value }
      if let state { state.doubles[memory] += dc * f }
    }
  }

  package static func gru(_ b: GRUBuffers, next: UnsafeMutableRawPointer) {
    forEachUnit(b.rows, b.width) { row, k, w in
      func x(_ index: Int) -> Double { b.input.doubles[(3 * row + index) * w + k] }
      func h(_ index: Int) -> Double { b.hidden.doubles[(3 * row + index) * w + k] }
      let (r, z) = (Elementary.sigmoid(x(0) + h(0)), Elementary.sigmoid(x(1) + h(1)))
      let n = Elementary.hyperbolicTangent(x(2) + r * h(2))
      for (index, value) in [r, z, n].enumerated() {
        b.active.doubles[(3 * row + index) * w + k] = value
      }
      next.doubles[row * w + k] = (1 - z) * n + z * b.state.doubles[row * w + k]
    }
  }

  package static func gruGradient(
    _ b: GRUBuffers, next: UnsafeRawPointer, input: UnsafeMutableRawPointer,
    hidden: UnsafeMutableRawPointer, state: UnsafeMutableRawPointer?
  ) {
    forEachUnit(b.rows, b.width) { row, k, w in
      func active(_ index: Int) -> Double { b.active.doubles[(3 * row + index) * w + k] }
      let (r, z, n, dy) = (active(0), active(1), active(2), next.doubles[row * w + k])
      let dz = dy * (b.state.doubles[row * w + k] - n) * z * (1 - z)
      let dn = dy * (1 - z) * (1 - n * n)
      let dr = dn * b.hidden.doubles[(3 * row + 2) * w + k] * r * (1 - r)
      for (index, value) in [dr, dz, dn].enumerated() {
        input.doubles[(3 * row + index) * w + k] = value
        hidden.doubles[(3 * row + index) * w + k] = index == 2 ? value * r : value
      }
      if let state { state.doubles[row * w + k] += dy * z }
    }
  }

  private static func forEachUnit(
    _ rows: Int, _ width: Int, _ body: (_ row: Int, _ k: Int, _ width: Int) -> Void
  ) {
    for row in 0..<rows {
      for k in 0..<width { body(row, k, width) }
    }
  }
}
