import KernelTables

extension VectorKernels {
  #if WIDE_REGISTERS
    private typealias PeakColumns = Twice<Twice<Lanes>>
  #else
    private typealias PeakColumns = Lanes
  #endif

  package static func multiplyAdds(rounds: Int, _ numbers: UnsafeMutableRawPointer) -> Int {
    let numbers = numbers.floats
    var block = SixRows<PeakColumns>()
    block.load(numbers, 64, AllColumns())
    let columns = PeakColumns.load(numbers)
    for _ in 0..<rounds { block.accumulate(numbers, 1, columns) }
    block.store(numbers, 64, AllColumns())
    return 2 * rounds * SixRows<PeakColumns>.rows * PeakColumns.width
  }
}
