import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("The ceiling's loop")
struct PeakTests {
  @Test("does every operation it counts: each register takes each round")
  func counts() {
    let x = spread(384, seed: 3)
    for set in InstructionSet.available {
      var operations = 0
      let rounds = 5
      let result = outcome(of: set.kernels, [x]) {
        operations = set.kernels.multiplyAdds(rounds: rounds, $0[0])
      }
      var changed = 0
      for row in 0..<6 {
        for column in 0..<64 {
          var sum = x[64 * row + column]
          for _ in 0..<rounds { sum = sum.addingProduct(x[row], x[column]) }
          let place = result.buffers[0][64 * row + column]
          if place == Double(sum) { changed += 1 }
        }
      }
      #expect(operations == 2 * rounds * changed && result.staysInside, "\(set)")
    }
  }
}
