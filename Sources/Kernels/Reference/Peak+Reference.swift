import KernelTables

extension ReferenceKernels {
  package static func multiplyAdds(rounds: Int, _ numbers: UnsafeMutableRawPointer) -> Int {
    var sum = numbers.doubles[0]
    for _ in 0..<rounds { sum = sum.addingProduct(numbers.doubles[1], numbers.doubles[2]) }
    numbers.doubles[0] = sum
    return 2 * rounds
  }
}
