import KernelTables
import Tensors

/// Where a pass without a tape finds its numbers: the parameters, and the kernels of their type.
package struct PassParameters {
  /// Values, transposes and, for a backward pass, gradients.
  package let binding: ParameterBinding
  /// Type of all numbers of the pass.
  package let type: ScalarType
  /// The kernels of that type.
  package let kernels: any KernelSet.Type

  /// Names them.
  package init(_ binding: ParameterBinding, _ type: ScalarType = .float32) {
    self.binding = binding
    self.type = type
    kernels = type.kernels(of: .active)
  }

  func values(_ parameter: Parameter) -> UnsafeRawPointer {
    binding.values + parameter.offset * type.byteCount
  }

  func transpose(_ parameter: Parameter) -> UnsafeRawPointer {
    binding.transposes + parameter.offset * type.byteCount
  }

  func gradient(_ parameter: Parameter) -> UnsafeMutableRawPointer {
    guard let gradients = binding.gradients else {
      preconditionFailure("a pass without gradients runs backwards")
    }
    return gradients + parameter.offset * type.byteCount
  }
}

/// A linear layer on plain memory: the products of `Tape.linear`, one at a time.
extension Linear {
  private var inputs: Int { weight.shape[0] }
  private var outputs: Int { weight.shape[1] }

  /// The bias, which every layer of a path network has.
  var certainBias: Parameter {
    guard let bias else { preconditionFailure("a layer of a path network has no bias") }
    return bias
  }

  /// Writes x W + start, [rows, outputs]; `start` is a row that stands for the bias.
  func multiply(
    _ x: UnsafeRawPointer, rows: Int, start: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    _ pass: PassParameters
  ) {
    let product = MatrixProduct(
      a: x, b: pass.values(weight), c: y, rows: rows, columns: outputs, depth: inputs)
    pass.kernels.product(product.adding(row: start))
  }

  /// Writes x W + b, [rows, outputs].
  func multiply(
    _ x: UnsafeRawPointer, rows: Int, to y: UnsafeMutableRawPointer, _ pass: PassParameters
  ) {
    multiply(x, rows: rows, start: pass.values(certainBias), to: y, pass)
  }

  /// Writes dx = dy Wᵀ, [rows, inputs], or dz = dx ∘ slopes where x = f(z) has these slopes.
  func pullBack(
    _ dy: UnsafeRawPointer, rows: Int, slopes: UnsafeRawPointer? = nil,
    to dx: UnsafeMutableRawPointer, _ pass: PassParameters
  ) {
    let product = MatrixProduct(
      a: dy, b: pass.transpose(weight), c: dx, rows: rows, columns: inputs, depth: outputs)
    pass.kernels.product(slopes.map { product.multiplied(by: $0) } ?? product)
  }

  /// dW += xᵀ dy.
  func accumulateWeight(
    _ x: UnsafeRawPointer, _ dy: UnsafeRawPointer, rows: Int, _ pass: PassParameters
  ) {
    let product = MatrixProduct(
      a: x, b: dy, c: pass.gradient(weight), rows: inputs, columns: outputs, depth: rows)
    pass.kernels.product(product.transposingA().accumulating())
  }

  /// db += Σ rows of dy.
  func accumulateBias(_ dy: UnsafeRawPointer, rows: Int, _ pass: PassParameters) {
    pass.kernels.accumulateRows(
      dy, into: pass.gradient(certainBias), groups: 1, rows: rows, columns: outputs)
  }
}
