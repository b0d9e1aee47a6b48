#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes for packed panels of B.
let slabBytes = 1 << 20

/// Bytes for a piece of a transposed C.
private let chunkBytes = 1 << 14

/// Memory of this thread for copies of matrices, allocated once and freed with the thread.
///
/// Each instruction set's module has its own.
func threadScratch() -> UnsafeMutableRawPointer {
  if let known = pthread_getspecific(scratchKey) { return known }
  let scratch = UnsafeMutableRawPointer.allocate(byteCount: slabBytes + chunkBytes, alignment: 64)
  pthread_setspecific(scratchKey, scratch)
  return scratch
}

/// Calls `body` with room for some floats: this thread's scratch memory where they fit.
///
/// Temporary allocations of the standard library beyond a kilobyte come from the heap.
@inline(__always)
func withScratch(_ floats: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
  if 4 * floats <= slabBytes {
    body(threadScratch().assumingMemoryBound(to: Float.self))
  } else {
    let scratch = UnsafeMutablePointer<Float>.allocate(capacity: floats)
    body(scratch)
    scratch.deallocate()
  }
}

/// Memory of this thread for at least so many floats, kept and freed with the thread.
///
/// It grows where more is asked for than ever before; what it held is lost then.
func threadWorkspace(floats: Int) -> UnsafeMutablePointer<Float> {
  let known = pthread_getspecific(workspaceKey)
  if let known, known.load(as: Int.self) >= floats { return known.workspaceFloats }
  if let known { known.deallocate() }
  let grown = UnsafeMutableRawPointer.allocate(byteCount: 64 + 4 * floats, alignment: 64)
  grown.storeBytes(of: floats, as: Int.self)
  pthread_setspecific(workspaceKey, grown)
  return grown.workspaceFloats
}

extension UnsafeMutableRawPointer {
  /// Behind the line that says how many floats there are.
  fileprivate var workspaceFloats: UnsafeMutablePointer<Float> {
    (self + 64).assumingMemoryBound(to: Float.self)
  }
}

private let workspaceKey = makeScratchKey()

private let scratchKey = makeScratchKey()

/// A key of memory that is freed with its thread.
private func makeScratchKey() -> pthread_key_t {
  var key = pthread_key_t()
  pthread_key_create(&key) { $0?.deallocate() }
  return key
}
