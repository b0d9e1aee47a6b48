/// The errors of numbered pieces of work that run side by side; the first piece's is the one to throw.
package struct Failures: @unchecked Sendable {
  private let slots: UnsafeMutablePointer<(any Error)?>
  private let count: Int

  /// Room for the errors of so many pieces.
  package init(count: Int) {
    self.count = count
    slots = .allocate(capacity: max(1, count))
    slots.initialize(repeating: nil, count: max(1, count))
  }

  /// Gives the room back.
  package func deallocate() {
    slots.deinitialize(count: max(1, count))
    slots.deallocate()
  }

  /// Does a piece and keeps its error.
  package func keep(_ piece: Int, _ body: () throws -> Void) {
    do { try body() } catch { slots[piece] = error }
  }

  /// Forgets all errors and throws the first.
  package func throwFirst() throws {
    var first: (any Error)?
    for piece in (0..<count).reversed() {
      guard let failure = slots[piece] else { continue }
      (first, slots[piece]) = (failure, nil)
    }
    if let first { throw first }
  }
}
