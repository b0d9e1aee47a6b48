extension Cholesky {
  /// x with A x = b.
  /// - Parameters: b: [n, columns], one problem a column.
  /// - Returns: x, [n, columns].
  public func solve(_ b: [Scalar], columns: Int = 1) -> [Scalar] {
    substitute(b, columns) { substitution in
      substitution.forwards()
      substitution.backwards()
    }
  }

  /// y with L y = b: white noise if b has covariance A.
  /// - Parameters: b: [n, columns].
  public func solveLower(_ b: [Scalar], columns: Int = 1) -> [Scalar] {
    substitute(b, columns) { $0.forwards() }
  }

  /// x with Lᵀ x = b.
  /// - Parameters: b: [n, columns].
  public func solveUpper(_ b: [Scalar], columns: Int = 1) -> [Scalar] {
    substitute(b, columns) { $0.backwards() }
  }

  /// L z: covariance A if z is white noise.
  /// - Parameters: z: [n, columns].
  public func multiplyLower(_ z: [Scalar], columns: Int = 1) -> [Scalar] {
    precondition(z.count == count * columns, "Cholesky: the vectors must be [n, columns]")
    var (z, result) = (z, [Scalar](repeating: 0, count: z.count))
    withBlock(&result, columns) { result in
      withBlock(&z, columns) { z in
        withFactor { u in
          Scalar.addProduct(
            MatrixBlock(transposing: u), z, to: result, rows: count, columns: columns,
            depth: count)
        }
      }
    }
    return result
  }

  /// A⁻¹, [n, n].
  public var inverse: [Scalar] {
    var identity = [Scalar](repeating: 0, count: count * count)
    for k in 0..<count { identity[k * count + k] = 1 }
    return solve(identity, columns: count)
  }

  private func substitute(
    _ b: [Scalar], _ columns: Int, _ body: (TriangularSubstitution<Scalar>) -> Void
  ) -> [Scalar] {
    precondition(b.count == count * columns, "Cholesky: the vectors must be [n, columns]")
    var x = b
    withBlock(&x, columns) { x in
      withFactor { u in
        for first in stride(from: 0, to: columns, by: TriangularSubstitution<Scalar>.strip) {
          let strip = MatrixBlock(x.start + first, rowStride: columns)
          body(TriangularSubstitution(u, count: count, strip, columns: columns - first))
        }
      }
    }
    return x
  }

  private func withBlock(
    _ values: inout [Scalar], _ columns: Int, _ body: (MatrixBlock<Scalar>) -> Void
  ) {
    values.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress { body(MatrixBlock(start, rowStride: columns)) }
    }
  }

  /// The factor as a block, which is only read.
  private func withFactor(_ body: (MatrixBlock<Scalar>) -> Void) {
    upper.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      body(MatrixBlock(UnsafeMutablePointer(mutating: start), rowStride: count))
    }
  }
}
