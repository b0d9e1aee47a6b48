/// Up to sixteen adjacent elements of a buffer: a whole vector, or the few that are left.
///
/// Lanes past `count` read as zero and are not written.
struct Run {
  let count: Int

  @inline(__always) func load(_ p: UnsafePointer<Float>) -> Lanes {
    count == 16 ? .load(p) : loadLanes(p, count: count)
  }

  @inline(__always) func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>) {
    if count == 16 { v.store(p) } else { storeLanes(v, to: p, count: count) }
  }
}

/// Calls `body` with the first index and the run of each sixteen elements of `count`.
@inline(__always)
func forEachRun(_ count: Int, _ body: (_ first: Int, _ run: Run) -> Void) {
  var i = 0
  while i + 16 <= count {
    body(i, Run(count: 16))
    i += 16
  }
  if i < count { body(i, Run(count: count - i)) }
}

extension UnsafeRawPointer {
  /// The buffer as floats.
  @inline(__always) var floats: UnsafePointer<Float> { assumingMemoryBound(to: Float.self) }
}

extension UnsafeMutableRawPointer {
  /// The buffer as floats.
  @inline(__always) var floats: UnsafeMutablePointer<Float> {
    assumingMemoryBound(to: Float.self)
  }
}
