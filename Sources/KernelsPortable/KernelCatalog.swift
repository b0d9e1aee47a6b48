import CVectors
import KernelTables

/// The kernels compiled for this module's instruction set.
///
/// Never inlined: a caller is compiled for a lesser processor.
/// - Parameter name: The instruction set's name.
@inline(never)
public func makeKernelTable(name: String) -> KernelTable {
  KernelTable(
    name: name,
    exponential: { mapLanes($0, $1, $2) { exponential($0) } },
    logarithm: { mapLanes($0, $1, $2) { logarithm($0) } },
    hyperbolicTangent: { mapLanes($0, $1, $2) { hyperbolicTangent($0) } },
    errorFunction: { mapLanes($0, $1, $2) { errorFunction($0) } },
    sine: { mapLanes($0, $1, $2) { sineAndCosine($0).sine } },
    cosine: { mapLanes($0, $1, $2) { sineAndCosine($0).cosine } },
    sigmoid: { mapLanes($0, $1, $2) { sigmoid($0) } },
    gelu: { mapLanes($0, $1, $2) { gelu($0) } },
    geluWithDerivative: mapGELUWithDerivative)
}

/// Writes GELU and its derivative; either result may be the buffer of arguments.
private func mapGELUWithDerivative(
  _ x: UnsafeRawPointer, _ value: UnsafeMutableRawPointer,
  _ derivative: UnsafeMutableRawPointer, _ count: Int
) {
  let x = x.assumingMemoryBound(to: Float.self)
  let value = value.assumingMemoryBound(to: Float.self)
  let derivative = derivative.assumingMemoryBound(to: Float.self)
  var index = 0
  while index < count {
    let remaining = count &- index
    let result = geluWithDerivative(loadLanes(x + index, remaining: remaining))
    storeLanes(result.value, to: value + index, remaining: remaining)
    storeLanes(result.derivative, to: derivative + index, remaining: remaining)
    index &+= 16
  }
}
