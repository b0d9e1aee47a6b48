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

private let scratchKey: pthread_key_t = {
  var key = pthread_key_t()
  pthread_key_create(&key) { $0?.deallocate() }
  return key
}()
