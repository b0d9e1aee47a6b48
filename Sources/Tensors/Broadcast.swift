import KernelTables

/// How the elements of up to three dense tensors meet under NumPy's rule of broadcasting.
///
/// Shapes are aligned at their last axes; an axis of size 1 repeats along the other's. Axes that
/// lie one behind the other in every tensor are merged, so that loops are as long as they can be.
struct Broadcast: BitwiseCopyable {
  /// The common shape.
  let shape: Shape
  /// Number of merged axes.
  private(set) var rank = 0
  /// Sizes of the merged axes, the last one innermost.
  private(set) var sizes = SIMD8<Int>(repeating: 1)
  /// Elements from one entry to the next along each merged axis; 0 where the tensor repeats.
  private(set) var aStrides = SIMD8<Int>()
  private(set) var bStrides = SIMD8<Int>()

  init(_ a: Shape, _ b: Shape) {
    shape = Broadcast.common(a, b)
    let (aSteps, bSteps) = (
      Broadcast.strides(of: a, in: shape), Broadcast.strides(of: b, in: shape)
    )
    for axis in 0..<shape.rank where shape[axis] != 1 {
      append(size: shape[axis], aSteps[axis], bSteps[axis])
    }
  }

  /// The shape both repeat to.
  static func common(_ a: Shape, _ b: Shape) -> Shape {
    var shape = a.rank >= b.rank ? a : b
    let shorter = a.rank >= b.rank ? b : a
    let offset = shape.rank - shorter.rank
    for axis in 0..<shorter.rank {
      let (size, other) = (shape[axis + offset], shorter[axis])
      precondition(
        size == other || size == 1 || other == 1, "shapes \(a) and \(b) do not go together")
      if size == 1 { shape[axis + offset] = other }
    }
    return shape
  }

  private static func strides(of shape: Shape, in common: Shape) -> SIMD8<Int> {
    var strides = SIMD8<Int>()
    var step = 1
    let offset = common.rank - shape.rank
    for axis in (0..<shape.rank).reversed() {
      strides[axis + offset] = shape[axis] == 1 ? 0 : step
      step *= shape[axis]
    }
    return strides
  }

  /// Adds an axis inside the others, merged with the last where strides allow.
  private mutating func append(size: Int, _ aStride: Int, _ bStride: Int) {
    let last = rank - 1
    if rank > 0, aStrides[last] == aStride * size, bStrides[last] == bStride * size {
      sizes[last] *= size
      (aStrides[last], bStrides[last]) = (aStride, bStride)
    } else {
      sizes[rank] = size
      (aStrides[rank], bStrides[rank]) = (aStride, bStride)
      rank += 1
    }
  }

  /// Calls `body` once for each matrix of the two innermost axes, in order.
  ///
  /// - Parameter body: Where the matrix begins in a, in b, and in a dense tensor of the common shape.
  func forEachMatrix(_ body: (_ a: Int, _ b: Int, _ dense: Int) -> Void) {
    let outer = max(0, rank - 2)
    var index = SIMD8<Int>()
    var (a, b, dense) = (0, 0, 0)
    if shape.count == 0 { return }
    while true {
      body(a, b, dense)
      dense += rows * columns
      var axis = outer - 1
      while axis >= 0 {
        index[axis] += 1
        a += aStrides[axis]
        b += bStrides[axis]
        if index[axis] < sizes[axis] { break }
        a -= sizes[axis] * aStrides[axis]
        b -= sizes[axis] * bStrides[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// Size of the innermost axis.
  var columns: Int { rank == 0 ? 1 : sizes[rank - 1] }
  /// Size of the axis around it.
  var rows: Int { rank < 2 ? 1 : sizes[rank - 2] }

  /// Strides of a's matrices.
  var aMatrix: (row: Int, column: Int) { matrix(aStrides) }
  /// Strides of b's matrices.
  var bMatrix: (row: Int, column: Int) { matrix(bStrides) }

  private func matrix(_ strides: SIMD8<Int>) -> (row: Int, column: Int) {
    (rank < 2 ? 0 : strides[rank - 2], rank == 0 ? 0 : strides[rank - 1])
  }
}

extension Tape {
  /// out = f(a, b) with both repeated to the common shape; `out` may be a or b if of that shape.
  func combine(
    _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, to out: UnsafeMutableRawPointer
  ) {
    let plan = Broadcast(a.shape, b.shape)
    let (size, aMatrix, bMatrix) = (type.byteCount, plan.aMatrix, plan.bMatrix)
    plan.forEachMatrix { aOffset, bOffset, dense in
      kernels.binary(
        function,
        RepeatedMatrix(
          a.data + aOffset * size, rowStride: aMatrix.row, columnStride: aMatrix.column),
        RepeatedMatrix(
          b.data + bOffset * size, rowStride: bMatrix.row, columnStride: bMatrix.column),
        to: out + dense * size, rows: plan.rows, columns: plan.columns)
    }
  }

  /// Adds x to a buffer of a shape that repeats to x's, summed over what was repeated.
  func accumulateSums(of x: Tensor, into out: UnsafeMutableRawPointer, _ shape: Shape) {
    if shape.count == x.count { return kernels.accumulate(x.data, into: out, count: x.count) }
    let plan = Broadcast(x.shape, shape)
    precondition(plan.shape == x.shape, "sums of \(x.shape) are not \(shape)")
    let (size, matrix) = (type.byteCount, plan.bMatrix)
    let (rows, columns) = (plan.rows, plan.columns)
    plan.forEachMatrix { _, offset, dense in
      let (source, result) = (x.data + dense * size, out + offset * size)
      if matrix.column == 0 {
        accumulateRowSums(source, into: result, rowStride: matrix.row, rows, columns)
      } else {
        precondition(matrix.row == 0 || rows == 1, "adjacent kept axes are merged")
        kernels.accumulateRows(source, into: result, groups: 1, rows: rows, columns: columns)
      }
    }
  }

  private func accumulateRowSums(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, rowStride: Int, _ rows: Int,
    _ columns: Int
  ) {
    let size = type.byteCount
    if rowStride == 1 {
      return kernels.accumulateRowSums(x, into: out, rows: rows, columns: columns)
    }
    for r in 0..<rows {
      kernels.accumulateRowSums(
        x + r * columns * size, into: out + r * rowStride * size, rows: 1, columns: columns)
    }
  }
}
