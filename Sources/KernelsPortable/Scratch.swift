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

private let scratchKey: pthread_key_t = {
  var key = pthread_key_t()
  pthread_key_create(&key) { $0?.deallocate() }
  return key
}()
