import KernelTables

extension Tape {
  /// The greatest element along an axis, the last by default.
  ///
  ///     dx = dy at the first greatest element, 0 elsewhere
  ///
  /// - Parameter axis: Its size must not be 0.
  package func maximum(of x: Tensor, over axis: Int = -1, keeping: Bool = false) -> Tensor {
    let places = placesOfMaximum(of: x, over: axis)
    let y = allocate(x.shape.reduced(over: [axis]))
    copyElements(from: x.data, at: places, to: y.data)
    let saved = UnsafeMutableRawPointer(mutating: places.data)
    let recorded = records(x) ? record(y, x, saved: saved, backward: maximumBackward) : y
    let out = pushForward(recorded, x) { elements(of: $0, at: places, y.shape) }
    return keeping ? out : reshape(out, x.shape.removing(axes: [axis]))
  }

  /// The index along an axis of the first greatest element, for each place of the other axes.
  package func indexOfMaximum(of x: Tensor, over axis: Int = -1) -> Indices {
    let size = x.shape[axis]
    let inner = x.shape.count(of: (axis < 0 ? axis + x.shape.rank : axis) + 1..<x.shape.rank)
    let places = placesOfMaximum(of: x, over: axis)
    for i in 0..<places.count {
      places.data[i] = places.data[i] / Int32(inner) % Int32(size)
    }
    return places
  }

  private func elements(of x: Tensor, at places: Indices, _ shape: Shape) -> Tensor {
    let column = reshape(x, Shape(x.count, 1))
    return reshape(gather(column, places), shape)
  }

  private func copyElements(
    from x: UnsafeRawPointer, at places: Indices, to y: UnsafeMutableRawPointer
  ) {
    let size = type.byteCount
    for i in 0..<places.count {
      (y + i * size).copyMemory(from: x + Int(places.data[i]) * size, byteCount: size)
    }
  }

  /// Flat indices of the first greatest elements along an axis.
  private func placesOfMaximum(of x: Tensor, over axis: Int) -> Indices {
    switch type {
    case .float32: places(x, axis, Float.self)
    case .float64: places(x, axis, Double.self)
    }
  }

  private func places<Scalar: BinaryFloatingPoint>(
    _ x: Tensor, _ axis: Int, _: Scalar.Type
  ) -> Indices {
    let axis = axis < 0 ? axis + x.shape.rank : axis
    let (outer, size) = (x.shape.count(of: 0..<axis), x.shape[axis])
    let inner = x.shape.count(of: axis + 1..<x.shape.rank)
    precondition(size > 0 || outer * inner == 0, "the maximum of nothing, \(x.shape)")
    let places = allocateIndices(outer * inner)
    let x = x.data.assumingMemoryBound(to: Scalar.self)
    for o in 0..<outer {
      for i in 0..<inner {
        var best = o * size * inner + i
        for k in 1..<max(1, size) {
          let place = (o * size + k) * inner + i
          if x[place] > x[best] { best = place }
        }
        places.data[o * inner + i] = Int32(best)
      }
    }
    return places
  }
}

private func maximumBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, size) = (node.inputs.0, tape.type.byteCount)
  guard let places = node.saved?.assumingMemoryBound(to: Int32.self) else { return }
  let dx = tape.gradient(of: x)
  for i in 0..<node.output.count {
    tape.kernels.accumulate(dy + i * size, into: dx + Int(places[i]) * size, count: 1)
  }
}
