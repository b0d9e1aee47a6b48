/// Sixteen adjacent elements of a buffer or, if fewer are left, those.
///
/// Lanes past the end read as zero and are not written.
struct Run {
  /// Elements left, these included.
  let remaining: Int

  /// Elements of this run.
  @inline(__always) var count: Int { remaining < 16 ? remaining : 16 }

  @inline(__always) func load(_ p: UnsafePointer<Float>) -> Lanes {
    loadLanes(p, remaining: remaining)
  }

  @inline(__always) func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>) {
    storeLanes(v, to: p, remaining: remaining)
  }

  /// The lanes of this run, and zero past its end.
  @inline(__always) func keep(_ v: Lanes) -> Lanes {
    if remaining >= 16 { return v }
    var kept = Lanes()
    for lane in 0..<remaining { kept[lane] = v[lane] }
    return kept
  }
}

/// Calls `body` with the first index and the run of each sixteen elements of `count`.
///
/// The body is called at one place, for a closure called at two is not inlined.
@inline(__always)
func forEachRun(_ count: Int, _ body: (_ first: Int, _ run: Run) -> Void) {
  var i = 0
  while i < count {
    body(i, Run(remaining: count &- i))
    i &+= 16
  }
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
