/// The buffers of a long short-term memory's step.
package struct LSTMBuffers: BitwiseCopyable {
  /// What enters the gates i, f, g, o, [rows, 4 width].
  package var gates: UnsafeRawPointer
  /// [h | c] before the step, [stateRows, 2 width]; row r of the gates reads row r mod stateRows.
  package var state: UnsafeRawPointer
  /// i, f, g, o and tanh c′ after their functions, [rows, 5 width].
  package var active: UnsafeMutableRawPointer
  package var rows: Int
  package var stateRows: Int
  package var width: Int

  /// Names the buffers.
  package init(
    gates: UnsafeRawPointer, state: UnsafeRawPointer, active: UnsafeMutableRawPointer, rows: Int,
    stateRows: Int, width: Int
  ) {
    self.gates = gates
    self.state = state
    self.active = active
    self.rows = rows
    self.stateRows = stateRows
    self.width = width
  }
}

/// The buffers of a gated recurrent unit's step.
package struct GRUBuffers: BitwiseCopyable {
  /// What the input sends to r, z, n, [rows, 3 width].
  package var input: UnsafeRawPointer
  /// What the state sends to r, z, n, [rows, 3 width].
  package var hidden: UnsafeRawPointer
  /// h before the step, [rows, width].
  package var state: UnsafeRawPointer
  /// r, z and n after their functions, [rows, 3 width].
  package var active: UnsafeMutableRawPointer
  package var rows: Int
  package var width: Int

  /// Names the buffers.
  package init(
    input: UnsafeRawPointer, hidden: UnsafeRawPointer, state: UnsafeRawPointer,
    active: UnsafeMutableRawPointer, rows: Int, width: Int
  ) {
    self.input = input
    self.hidden = hidden
    self.state = state
    self.active = active
    self.rows = rows
    self.width = width
  }
}

/// The gates of recurrent cells, everything after their matrix products.
package protocol RecurrentKernels {
  /// Writes [h′ | c′] to `next`, [rows, 2 width]:
  ///
  ///     c′ = σ(f) c + σ(i) tanh(g),    h′ = σ(o) tanh(c′)
  static func lstm(_ buffers: LSTMBuffers, next: UnsafeMutableRawPointer)

  /// From the gradient by [h′ | c′]: writes that by the gates, [rows, 4 width], and adds that by c to
  /// `state`, [stateRows, 2 width], which may be nil.
  static func lstmGradient(
    _ buffers: LSTMBuffers, next: UnsafeRawPointer, gates: UnsafeMutableRawPointer,
    state: UnsafeMutableRawPointer?)

  /// Writes h′ to `next`, [rows, width]:
  ///
  ///     r = σ(x_r + h_r),  z = σ(x_z + h_z),  n = tanh(x_n + r h_n),  h′ = (1 - z) n + z h
  static func gru(_ buffers: GRUBuffers, next: UnsafeMutableRawPointer)

  /// From the gradient by h′: writes those by input and hidden, [rows, 3 width], and adds that by h to
  /// `state`, [rows, width], which may be nil.
  static func gruGradient(
    _ buffers: GRUBuffers, next: UnsafeRawPointer, input: UnsafeMutableRawPointer,
    hidden: UnsafeMutableRawPointer, state: UnsafeMutableRawPointer?)
}
