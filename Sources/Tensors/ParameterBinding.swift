import Kernels

/// Which numbers the parameters of a set stand for on a tape, and where their gradients go.
///
/// Every buffer is laid out like the set's flat buffer and has the tape's scalar type.
package struct ParameterBinding {
  package let values: UnsafeRawPointer
  package let transposes: UnsafeRawPointer
  /// Gradients are added here; nil where none are wanted.
  package let gradients: UnsafeMutableRawPointer?

  package init(
    values: UnsafeRawPointer, transposes: UnsafeRawPointer, gradients: UnsafeMutableRawPointer?
  ) {
    self.values = values
    self.transposes = transposes
    self.gradients = gradients
  }

  /// The set's own values.
  package init(_ set: ParameterSet, gradients: UnsafeMutableRawPointer?) {
    self.init(values: set.values, transposes: set.transposes, gradients: gradients)
  }

  /// A parameter as a tensor on a tape.
  package func tensor(_ parameter: Parameter, on tape: Tape) -> Tensor {
    let offset = parameter.offset * tape.type.byteCount
    guard let gradients, tape.isRecording else {
      return tape.constant(at: values + offset, parameter.shape)
    }
    return tape.variable(values + offset, parameter.shape, gradient: gradients + offset)
  }

  /// The transpose of a matrix.
  package func transpose(_ parameter: Parameter, on tape: Tape) -> UnsafeRawPointer {
    transposes + parameter.offset * tape.type.byteCount
  }
}
