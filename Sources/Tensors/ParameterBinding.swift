import Kernels

/// Which numbers the parameters of a set stand for on a tape, and where their gradients go.
///
/// Every buffer is laid out like the set's flat buffer and has the tape's scalar type.
package struct ParameterBinding: BitwiseCopyable {
  package let values: UnsafeRawPointer
  package let transposes: UnsafeRawPointer
  /// Gradients are added here; nil where none are wanted.
  package let gradients: UnsafeMutableRawPointer?
  /// Parameters before this element are constants.
  package let frozenCount: Int

  package init(
    values: UnsafeRawPointer, transposes: UnsafeRawPointer, gradients: UnsafeMutableRawPointer?,
    frozenCount: Int = 0
  ) {
    self.values = values
    self.transposes = transposes
    self.gradients = gradients
    self.frozenCount = frozenCount
  }

  /// The set's own values.
  package init(_ set: ParameterSet, gradients: UnsafeMutableRawPointer?) {
    self.init(
      values: set.values, transposes: set.transposes, gradients: gradients,
      frozenCount: set.frozenCount)
  }

  /// A parameter as a tensor on a tape.
  package func tensor(_ parameter: Parameter, on tape: Tape) -> Tensor {
    let offset = parameter.offset * tape.type.byteCount
    guard let gradients, tape.isRecording, parameter.offset >= frozenCount else {
      return tape.constant(at: values + offset, parameter.shape)
    }
    return tape.variable(values + offset, parameter.shape, gradient: gradients + offset)
  }

  /// The transpose of a matrix.
  package func transpose(_ parameter: Parameter, on tape: Tape) -> UnsafeRawPointer {
    transposes + parameter.offset * tape.type.byteCount
  }
}
