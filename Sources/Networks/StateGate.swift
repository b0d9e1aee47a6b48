import KernelTables
import Tensors

/// A learned multiple of the state that a drift gains, element by element.
///
///     drift += b tanh(x ⊙ g(x, t) / b)
///
/// Where some coordinates decide the scale of others, as a funnel's first does, the drift is a product of the state and
/// a function of the state, which layers that add learn slowly. The bound b keeps paths from growing without end.
struct StateGate: Sendable {
  /// b.
  let bound: Double

  /// The drift with its multiple of the state, [rows, dimension] all.
  func callAsFunction(_ drift: Tensor, _ x: Tensor, _ g: Tensor, _ tape: Tape) -> Tensor {
    let ratio = tape.affine(tape.multiply(x, g), scale: 1 / bound)
    return tape.add(
      drift, tape.affine(tape.apply(.hyperbolicTangent, ratio), scale: bound))
  }

  /// Adds to the drift on plain memory.
  /// - Parameter scratch: Room for as many numbers.
  func add(
    to drift: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ g: UnsafeRawPointer, count: Int,
    scratch: UnsafeMutableRawPointer, _ kernels: any KernelSet.Type
  ) {
    squash(x, g, to: scratch, count: count, kernels)
    kernels.affine(scratch, scale: bound, shift: 0, to: drift, count: count, accumulating: true)
  }

  /// ∂ loss / ∂ (x ⊙ g) = (1 - tanh²(x ⊙ g / b)) ⊙ ∂ loss / ∂ drift.
  func pullBack(
    _ drift: UnsafeRawPointer, _ x: UnsafeRawPointer, _ g: UnsafeRawPointer,
    to product: UnsafeMutableRawPointer, count: Int, _ kernels: any KernelSet.Type
  ) {
    squash(x, g, to: product, count: count, kernels)
    kernels.map(.square, product, to: product, count: count)
    kernels.affine(product, scale: -1, shift: 1, to: product, count: count, accumulating: false)
    kernels.multiply(product, drift, to: product, count: count, accumulating: false)
  }

  /// tanh(x ⊙ g / b).
  private func squash(
    _ x: UnsafeRawPointer, _ g: UnsafeRawPointer, to out: UnsafeMutableRawPointer, count: Int,
    _ kernels: any KernelSet.Type
  ) {
    kernels.multiply(x, g, to: out, count: count, accumulating: false)
    kernels.affine(out, scale: 1 / bound, shift: 0, to: out, count: count, accumulating: false)
    kernels.map(.hyperbolicTangent, out, to: out, count: count)
  }
}
