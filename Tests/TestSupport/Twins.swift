import KernelTables
import Kernels
import Testing

/// Sizes around every width a kernel works in, and the tails between them.
package let awkwardSizes = [0, 1, 3, 5, 15, 16, 17, 30, 31, 33, 64, 65, 257]

/// Floats that do not repeat, by default in [-2, 2): a function of seed and index.
package func spread(_ count: Int, seed: UInt64 = 0, scale: Double = 2, offset: Double = 0)
  -> [Float]
{
  var x = [Double](repeating: 0, count: count)
  ReferenceKernels.uniforms(
    key: RandomStream(seed: seed).folding(77).key, step: 0, firstRow: 0, rows: 1, columns: count,
    to: &x)
  return x.map { Float(offset + scale * (2 * $0 - 1)) }
}

/// What a kernel reads and writes: buffers of the set's own type, and buffers that are always double.
package struct KernelBuffers {
  /// The kernels to run.
  package let kernels: any KernelSet.Type
  /// Buffers of the set's own type.
  package let own: [UnsafeMutableRawPointer]
  /// Buffers of doubles.
  package let doubles: [UnsafeMutablePointer<Double>]

  /// The first element of a buffer.
  package subscript(index: Int) -> UnsafeMutableRawPointer { own[index] }
}

/// All buffers after a kernel ran.
package struct KernelOutcome: Equatable {
  /// Buffers of the set's own type, then buffers of doubles.
  package var buffers: [[Double]] = []
  /// Whether the elements around each buffer are as they were.
  package var staysInside = true
}

private let guardValue = 77.25
private let guardCount = 3

/// Runs a kernel on copies of the buffers, which begin at an odd element.
package func outcome(
  of kernels: any KernelSet.Type, _ own: [[Float]], doubles: [[Double]] = [],
  _ body: (KernelBuffers) -> Void
) -> KernelOutcome {
  if kernels == ReferenceKernels.self {
    return outcome(kernels, own.map { $0.map { Double($0) } }, doubles, body) { $0 }
  }
  return outcome(kernels, own, doubles, body) { Double($0) }
}

private func outcome<Element: BinaryFloatingPoint>(
  _ kernels: any KernelSet.Type, _ own: [[Element]], _ doubles: [[Double]],
  _ body: (KernelBuffers) -> Void, _ widen: (Element) -> Double
) -> KernelOutcome {
  let owned = own.map { guarded($0) }
  let wide = doubles.map { guarded($0) }
  defer {
    owned.forEach { $0.deallocate() }
    wide.forEach { $0.deallocate() }
  }
  body(
    KernelBuffers(
      kernels: kernels, own: owned.map { UnsafeMutableRawPointer($0 + guardCount) },
      doubles: wide.map { $0 + guardCount }))
  var result = KernelOutcome()
  for (base, values) in zip(owned, own) { collect(base, values.count, into: &result, widen) }
  for (base, values) in zip(wide, doubles) { collect(base, values.count, into: &result) { $0 } }
  return result
}

private func guarded<Element: BinaryFloatingPoint>(
  _ values: [Element]
) -> UnsafeMutablePointer<Element> {
  let total = values.count + 2 * guardCount
  let base = UnsafeMutablePointer<Element>.allocate(capacity: total)
  base.initialize(repeating: Element(guardValue), count: total)
  for (index, value) in values.enumerated() { base[guardCount + index] = value }
  return base
}

private func collect<Element: BinaryFloatingPoint>(
  _ base: UnsafeMutablePointer<Element>, _ count: Int, into result: inout KernelOutcome,
  _ widen: (Element) -> Double
) {
  result.buffers.append((0..<count).map { widen(base[guardCount + $0]) })
  for index in 0..<guardCount {
    let ends = (base[index], base[guardCount + count + index])
    if ends != (Element(guardValue), Element(guardValue)) { result.staysInside = false }
  }
}

/// Requires a kernel to match its slow twin on every instruction set, to give the same bits on all of
/// them, and to write nothing outside its buffers.
package func expectTwins(
  _ own: [[Float]], doubles: [[Double]] = [], within tolerance: Tolerance, _ note: String = "",
  sourceLocation: SourceLocation = #_sourceLocation, _ body: (KernelBuffers) -> Void
) {
  let slow = outcome(of: ReferenceKernels.self, own, doubles: doubles, body)
  var first: KernelOutcome?
  for set in InstructionSet.available {
    let fast = outcome(of: set.kernels, own, doubles: doubles, body)
    let name = "\(set) \(note)"
    #expect(fast.staysInside, "\(name) writes outside", sourceLocation: sourceLocation)
    for (index, (a, b)) in zip(fast.buffers, slow.buffers).enumerated() {
      expect(
        a, equals: b, within: tolerance, "\(name), buffer \(index)", sourceLocation: sourceLocation)
    }
    let isSame = hasSameBits(fast, first ?? fast)
    #expect(isSame, "\(name) has other bits", sourceLocation: sourceLocation)
    first = first ?? fast
  }
}

private func hasSameBits(_ a: KernelOutcome, _ b: KernelOutcome) -> Bool {
  zip(a.buffers, b.buffers).allSatisfy { x, y in
    zip(x, y).allSatisfy { $0.isNaN && $1.isNaN || $0.bitPattern == $1.bitPattern }
  }
}
