import CTightrope
import Tasks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// See `tightrope.h`.
@c @implementation
public func tightrope_set_thread_listener(_ listener: UnsafePointer<tightrope_listener>!) {
  if let old = pthread_getspecific(listenerKey) {
    Unmanaged<CListener>.fromOpaque(old).release()
  }
  let new = listener.map { Unmanaged.passRetained(CListener($0)).toOpaque() }
  pthread_setspecific(listenerKey, new)
}

/// The listener of each thread that has one; the first use has it hear of what densities wait for.
private let listenerKey: pthread_key_t = {
  var key = pthread_key_t()
  pthread_key_create(&key) { own in
    guard let own: UnsafeMutableRawPointer = own else { return }
    Unmanaged<CListener>.fromOpaque(own).release()
  }
  Preparation.listen { _ in
    guard let own = pthread_getspecific(listenerKey) else { return }
    try Unmanaged<CListener>.fromOpaque(own).takeUnretainedValue().poll()
  }
  return key
}()
