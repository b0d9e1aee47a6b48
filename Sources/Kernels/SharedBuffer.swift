/// A buffer that threads write to, each at indices of its own.
package struct SharedBuffer<Element>: @unchecked Sendable {
  /// Its first element.
  package let base: UnsafeMutablePointer<Element>

  /// Shares memory that outlives the threads' work.
  package init(_ buffer: UnsafeMutableBufferPointer<Element>) {
    base = buffer.baseAddress ?? .allocate(capacity: 1)
  }
}
