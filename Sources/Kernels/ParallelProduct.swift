import KernelTables

// One large matrix product on all threads, for work that is not already cut into blocks. A piece is
// some rows or some columns of C; as every element adds over k by itself, neither the number of
// threads nor the cut shows in the bits.

/// Multiplications below which the threads cost more than they save.
private let leastWork = 1 << 22

/// Rows or columns that are worth a thread.
private let leastLength = 96

/// Rows or columns of a piece where there are many: each piece may copy all of B.
private let usualLength = 384

/// Pieces for each thread, so that none waits long for the last.
private let piecesPerThread = 3

extension ThreadPool {
  /// The product on all threads, with the bits of `kernels.product`.
  package func product(
    _ product: MatrixProduct, kernels: any KernelSet.Type = InstructionSet.active.kernels
  ) {
    let size = kernels == ReferenceKernels.self ? 8 : 4
    share(product, elementBytes: size) { kernels.product($0) }
  }

  /// C = start + A B of doubles on all threads, with the bits of `kernels.doubleProduct`.
  package func doubleProduct(
    _ product: MatrixProduct, kernels: any KernelSet.Type = InstructionSet.active.kernels
  ) {
    share(product, elementBytes: 8) { kernels.doubleProduct($0) }
  }

  private func share(
    _ p: MatrixProduct, elementBytes: Int, _ multiply: (MatrixProduct) -> Void
  ) {
    let cutsRows = p.rows >= p.columns
    let length = max(p.rows, p.columns)
    let pieces = max(
      min(threads, length / leastLength), min(piecesPerThread * threads, length / usualLength))
    guard threads > 1, pieces > 1, p.rows * p.columns * p.depth >= leastWork else {
      return multiply(p)
    }
    // Cuts fall between whole tiles.
    let step = cutsRows ? 12 : 64
    let steps = (length + step - 1) / step
    run(pieces) { index, _ in
      let first = steps * index / pieces * step
      let next = min(length, steps * (index + 1) / pieces * step)
      multiply(
        cutsRows ? p.rows(first..<next, elementBytes) : p.columns(first..<next, elementBytes))
    }
  }
}

extension MatrixProduct {
  /// The product that gives some rows of C.
  fileprivate func rows(_ range: Range<Int>, _ elementBytes: Int) -> MatrixProduct {
    var part = self
    part.rows = range.count
    part.a += elementBytes * range.lowerBound * aRowStride
    part.c += elementBytes * range.lowerBound * cRowStride
    part.start = start.map { $0 + elementBytes * range.lowerBound * startRowStride }
    part.factor = factor.map { $0 + elementBytes * range.lowerBound * cRowStride }
    return part
  }

  /// The product that gives some columns of C.
  fileprivate func columns(_ range: Range<Int>, _ elementBytes: Int) -> MatrixProduct {
    var part = self
    part.columns = range.count
    part.b += elementBytes * range.lowerBound * bColumnStride
    part.c += elementBytes * range.lowerBound
    part.start = start.map { $0 + elementBytes * range.lowerBound }
    part.factor = factor.map { $0 + elementBytes * range.lowerBound }
    return part
  }
}
