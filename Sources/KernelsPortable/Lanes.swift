import CVectors

// What every kernel shares: the vector type and the operations on it that Swift's own generic
// functions would carry out lane by lane.
//
// Goals, in order: the same bits on every processor (each operation is one IEEE operation or a
// fixed tree of them, and nothing is left to contraction); no call in the compiled loop.
//
// Functions of vectors are marked `@_transparent`: with `@inline(__always)` alone the compiler leaves
// some of them as calls inside closures, and a call passes a vector through memory.
//
// Avoided on purpose: `clamped`, unary minus, `rounded`, `squareRoot`, `sum`, `min`, `max` and
// conversions of Swift's SIMD types. They become sixteen scalar calls.

/// Sixteen floats: one AVX-512 register, two of AVX2, four of NEON.
typealias Lanes = SIMD16<Float>

/// Sixteen integers, as many as floats.
typealias IntegerLanes = SIMD16<Int32>

/// The result of comparing two vectors.
typealias LaneMask = SIMDMask<SIMD16<Int32>>

// Swift's own operators on vectors of floats are sixteen scalar operations that the optimiser has to
// put together again, which it fails to do as soon as the code branches.

/// x + y.
@_transparent
func + (x: Lanes, y: Lanes) -> Lanes { vector_add(x, y) }

/// x - y.
@_transparent
func - (x: Lanes, y: Lanes) -> Lanes { vector_subtract(x, y) }

/// x y.
@_transparent
func * (x: Lanes, y: Lanes) -> Lanes { vector_multiply(x, y) }

/// x / y.
@_transparent
func / (x: Lanes, y: Lanes) -> Lanes { vector_divide(x, y) }

/// x = x + y.
@_transparent
func += (x: inout Lanes, y: Lanes) { x = vector_add(x, y) }

/// x y + z with one rounding.
@_transparent
func multiplyAdd(_ x: Lanes, _ y: Lanes, _ z: Lanes) -> Lanes { vector_fma(x, y, z) }

/// x y + z with one rounding, z the same in every lane: a step of Horner's rule.
@_transparent
func multiplyAdd(_ x: Lanes, _ y: Lanes, _ z: Float) -> Lanes {
  vector_fma(x, y, Lanes(repeating: z))
}

/// x y + z with one rounding, y and z the same in every lane: the first step of Horner's rule.
@_transparent
func multiplyAdd(_ x: Lanes, _ y: Float, _ z: Float) -> Lanes {
  vector_fma(x, Lanes(repeating: y), Lanes(repeating: z))
}

/// x y + z with one rounding, y the same in every lane.
@_transparent
func multiplyAdd(_ x: Lanes, _ y: Float, _ z: Lanes) -> Lanes {
  vector_fma(x, Lanes(repeating: y), z)
}

/// The lesser of each lane and a bound; NaN stays NaN.
@_transparent
func atMost(_ x: Lanes, _ bound: Float) -> Lanes {
  let bound = Lanes(repeating: bound)
  return x.replacing(with: bound, where: x .> bound)
}

/// The greater of each lane and a bound; NaN stays NaN.
@_transparent
func atLeast(_ x: Lanes, _ bound: Float) -> Lanes {
  let bound = Lanes(repeating: bound)
  return x.replacing(with: bound, where: x .< bound)
}

/// The bit patterns of floats.
@_transparent
func bits(_ x: Lanes) -> IntegerLanes { unsafeBitCast(x, to: IntegerLanes.self) }

/// The floats of bit patterns.
@_transparent
func floats(_ bits: IntegerLanes) -> Lanes { unsafeBitCast(bits, to: Lanes.self) }

/// The sign bits of floats, all else zero.
@_transparent
func signBits(_ x: Lanes) -> IntegerLanes { bits(x) & IntegerLanes(repeating: .min) }

/// -x, a change of sign bits.
@_transparent
func negated(_ x: Lanes) -> Lanes { floats(bits(x) ^ IntegerLanes(repeating: .min)) }

/// The first lanes of memory, sixteen or, if fewer remain, those followed by zeros.
@_transparent
func loadLanes(_ address: UnsafePointer<Float>, remaining: Int) -> Lanes {
  remaining >= 16 ? vector_load(address) : vector_load_partial(address, remaining)
}

/// Writes the first lanes, sixteen or as many as remain.
@_transparent
func storeLanes(_ x: Lanes, to address: UnsafeMutablePointer<Float>, remaining: Int) {
  if remaining >= 16 {
    vector_store(x, address)
  } else {
    vector_store_partial(x, address, remaining)
  }
}

/// The sum by a fixed tree: lane i with lane i + 8, then i + 4, i + 2, i + 1.
@_transparent
func sumOfLanes(_ x: Lanes) -> Float {
  let eight = x.lowHalf + x.highHalf
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// The greatest lane; unspecified when a lane is NaN.
@_transparent
func maxOfLanes(_ x: Lanes) -> Float {
  let eight = x.lowHalf.replacing(with: x.highHalf, where: x.highHalf .> x.lowHalf)
  let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
  let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
  return two[1] > two[0] ? two[1] : two[0]
}

/// Writes a function of a buffer to another of as many floats, which may be the same.
///
/// Sixteen elements at a time; the tail is padded with zeros, so that an element's result depends
/// neither on its place nor on the count. The tail stands apart, for a loop that might meet it
/// at any time works with masks throughout. Pass functions by name: a literal closure called at two
/// places is not inlined.
@_transparent
func mapLanes(
  _ source: UnsafeRawPointer, _ result: UnsafeMutableRawPointer, _ count: Int,
  _ function: (Lanes) -> Lanes
) {
  let source = source.assumingMemoryBound(to: Float.self)
  let result = result.assumingMemoryBound(to: Float.self)
  var index = 0
  while index &+ 16 <= count {
    vector_store(function(vector_load(source + index)), result + index)
    index &+= 16
  }
  let rest = count &- index
  if rest > 0 {
    vector_store_partial(function(vector_load_partial(source + index, rest)), result + index, rest)
  }
}

/// Writes two functions of a buffer to two others, either of which may be the buffer.
@_transparent
func mapLanes(
  _ source: UnsafeRawPointer, _ value: UnsafeMutableRawPointer,
  _ derivative: UnsafeMutableRawPointer, _ count: Int,
  _ function: (Lanes) -> (value: Lanes, derivative: Lanes)
) {
  let source = source.assumingMemoryBound(to: Float.self)
  let value = value.assumingMemoryBound(to: Float.self)
  let derivative = derivative.assumingMemoryBound(to: Float.self)
  var index = 0
  while index &+ 16 <= count {
    let result = function(vector_load(source + index))
    vector_store(result.value, value + index)
    vector_store(result.derivative, derivative + index)
    index &+= 16
  }
  let rest = count &- index
  if rest > 0 {
    let result = function(vector_load_partial(source + index, rest))
    vector_store_partial(result.value, value + index, rest)
    vector_store_partial(result.derivative, derivative + index, rest)
  }
}
