import CVectors
import KernelTables

// The gates of recurrent cells. The gradient is written from the gates' values:
// σ' = σ (1 - σ), tanh' = 1 - tanh².

/// x (1 - x) y: the slope of a logistic function from its value, times y.
@_transparent
private func throughSigmoid(_ x: Lanes, _ y: Lanes) -> Lanes { vector_fma(Lanes() - x, x, x) * y }

/// (1 - x²) y: the slope of a hyperbolic tangent from its value, times y.
@_transparent
private func throughTangent(_ x: Lanes, _ y: Lanes) -> Lanes {
  vector_fma(Lanes() - x, x, Lanes(repeating: 1)) * y
}

extension VectorKernels {
  package static func lstm(_ b: LSTMBuffers, next: UnsafeMutableRawPointer) {
    let w = b.width
    for r in 0..<b.rows {
      let gates = b.gates.floats + 4 * r * w
      let old = b.state.floats + (2 * (r % b.stateRows) + 1) * w
      let (active, next) = (b.active.floats + 5 * r * w, next.floats + 2 * r * w)
      forEachRun(w) { k, run in
        let (i, f) = (sigmoid(run.load(gates + k)), sigmoid(run.load(gates + w + k)))
        let g = hyperbolicTangent(run.load(gates + 2 * w + k))
        let o = sigmoid(run.load(gates + 3 * w + k))
        let c = vector_fma(f, run.load(old + k), i * g)
        let t = hyperbolicTangent(c)
        run.store(i, active + k)
        run.store(f, active + w + k)
        run.store(g, active + 2 * w + k)
        run.store(o, active + 3 * w + k)
        run.store(t, active + 4 * w + k)
        run.store(o * t, next + k)
        run.store(c, next + w + k)
      }
    }
  }

  package static func lstmGradient(
    _ b: LSTMBuffers, next: UnsafeRawPointer, gates: UnsafeMutableRawPointer,
    state: UnsafeMutableRawPointer?
  ) {
    let w = b.width
    for r in 0..<b.rows {
      let memory = (2 * (r % b.stateRows) + 1) * w
      let (old, active) = (b.state.floats + memory, UnsafePointer(b.active.floats + 5 * r * w))
      let (next, gates) = (next.floats + 2 * r * w, gates.floats + 4 * r * w)
      let oldGradient = state.map { $0.floats + memory }
      forEachRun(w) { k, run in
        let (i, f) = (run.load(active + k), run.load(active + w + k))
        let (g, o) = (run.load(active + 2 * w + k), run.load(active + 3 * w + k))
        let (t, dh) = (run.load(active + 4 * w + k), run.load(next + k))
        let dc = run.load(next + w + k) + throughTangent(t, dh * o)
        run.store(throughSigmoid(i, dc * g), gates + k)
        run.store(throughSigmoid(f, dc * run.load(old + k)), gates + w + k)
        run.store(throughTangent(g, dc * i), gates + 2 * w + k)
        run.store(throughSigmoid(o, dh * t), gates + 3 * w + k)
        if let oldGradient {
          let sum = vector_fma(dc, f, run.load(UnsafePointer(oldGradient + k)))
          run.store(sum, oldGradient + k)
        }
      }
    }
  }

  package static func gru(_ b: GRUBuffers, next: UnsafeMutableRawPointer) {
    let w = b.width
    for row in 0..<b.rows {
      let (x, h) = (b.input.floats + 3 * row * w, b.hidden.floats + 3 * row * w)
      let (old, next) = (b.state.floats + row * w, next.floats + row * w)
      let active = b.active.floats + 3 * row * w
      forEachRun(w) { k, run in
        let r = sigmoid(run.load(x + k) + run.load(h + k))
        let z = sigmoid(run.load(x + w + k) + run.load(h + w + k))
        let n = hyperbolicTangent(
          vector_fma(r, run.load(h + 2 * w + k), run.load(x + 2 * w + k)))
        run.store(r, active + k)
        run.store(z, active + w + k)
        run.store(n, active + 2 * w + k)
        run.store(vector_fma(z, run.load(old + k) - n, n), next + k)
      }
    }
  }

  package static func gruGradient(
    _ b: GRUBuffers, next: UnsafeRawPointer, input: UnsafeMutableRawPointer,
    hidden: UnsafeMutableRawPointer, state: UnsafeMutableRawPointer?
  ) {
    let w = b.width
    for row in 0..<b.rows {
      let offset = 3 * row * w
      let (h, old) = (b.hidden.floats + offset, b.state.floats + row * w)
      let (active, next) = (UnsafePointer(b.active.floats + offset), next.floats + row * w)
      let (dx, dh) = (input.floats + offset, hidden.floats + offset)
      let oldGradient = state.map { $0.floats + row * w }
      forEachRun(w) { k, run in
        let (r, z) = (run.load(active + k), run.load(active + w + k))
        let (n, dy) = (run.load(active + 2 * w + k), run.load(next + k))
        let dz = throughSigmoid(z, dy * (run.load(old + k) - n))
        let dn = throughTangent(n, vector_fma(Lanes() - z, dy, dy))
        let dr = throughSigmoid(r, dn * run.load(h + 2 * w + k))
        run.store(dr, dx + k)
        run.store(dz, dx + w + k)
        run.store(dn, dx + 2 * w + k)
        run.store(dr, dh + k)
        run.store(dz, dh + w + k)
        run.store(dn * r, dh + 2 * w + k)
        if let oldGradient {
          let sum = vector_fma(dy, z, run.load(UnsafePointer(oldGradient + k)))
          run.store(sum, oldGradient + k)
        }
      }
    }
  }
}
