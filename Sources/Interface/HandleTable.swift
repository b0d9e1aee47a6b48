import Synchronization

/// What handles stand for.
///
/// A handle looks like a pointer and is a number that is given out once. So one that was closed, or is of
/// another kind, or was never given out, is told from a good one without following it.
final class HandleTable: Sendable {
  static let shared = HandleTable()

  private struct Entries: @unchecked Sendable {
    var objects: [UInt: AnyObject] = [:]
    var last: UInt = 0
  }

  private let entries = Mutex(Entries())

  /// Handles are multiples of this, as pointers would be.
  private static let spacing: UInt = 16

  /// A new handle for an object, which lives until the handle is closed.
  func open(_ object: AnyObject) -> OpaquePointer {
    let key = entries.withLock { entries in
      entries.last += Self.spacing
      entries.objects[entries.last] = object
      return entries.last
    }
    guard let handle = OpaquePointer(bitPattern: key) else { preconditionFailure("no handle is 0") }
    return handle
  }

  /// The object of a handle, if it is open and of the kind.
  func object<Object: AnyObject>(_ handle: OpaquePointer, as _: Object.Type) -> Object? {
    entries.withLock { $0.objects[UInt(bitPattern: handle)] } as? Object
  }

  /// Closes a handle of a kind; anything else is left alone.
  func close<Object: AnyObject>(_ handle: OpaquePointer, as _: Object.Type) {
    let key = UInt(bitPattern: handle)
    // What goes with the object may close handles in turn, so the lock is free by then.
    let closed = entries.withLock { entries in
      entries.objects[key] is Object ? entries.objects.removeValue(forKey: key) : nil
    }
    withExtendedLifetime(closed) {}
  }
}
