/// What a processor could do if memory did not matter.
package protocol PeakKernels {
  /// Fused multiply-adds on as many registers as a tile of a matrix product, and nothing else.
  /// - Parameters:
  ///   - rounds: Multiply-adds of each register.
  ///   - numbers: A buffer of 384 numbers, read before and written after.
  /// - Returns: Floating-point operations done, two for each multiply-add.
  static func multiplyAdds(rounds: Int, _ numbers: UnsafeMutableRawPointer) -> Int
}
