import Kernels
import Networks
import Optimizers
import Tensors
import Testing
@testable import Training

@Suite("A batch trainer of parameters some of which are held fixed")
struct FrozenParameterTests {
  @Test("has their gradient as zeros, and the others' as without them")
  func gradient() throws {
    func gradients(fixed: Int) throws -> [[Float]] {
      let set = ParameterSet()
      if fixed > 0 { _ = Linear("fixed", inputs: fixed, outputs: 1, in: set) }
      set.freeze()
      let layer = Linear("own", inputs: 3, outputs: 2, in: set)
      set.initialize(seed: 1)
      for i in set.frozenCount..<set.count { set.values[i] = Float(i - set.frozenCount) / 10 }
      set.refreshTransposes()
      let optimizer = Optimizer(try Adam(), set) { _ in GroupSettings(learningRate: 0.1) }
      let trainer = BatchTrainer(
        set, optimizer, blockRows: 2, seed: 0, pool: ThreadPool(threads: 2))
      // Of few rows, of more, whose memory is new, and again of few.
      return [3, 9, 3].map { rows in
        let gradient = trainer.evaluate(rows: rows) { context, range in
          let tape = context.tape
          let x = tape.constant(
            range.flatMap { [Double($0), 1, -0.5] }, Shape(range.count, 3))
          return tape.sum(tape.apply(.square, layer(x, context)))
        }.gradient
        #expect((0..<set.frozenCount).allSatisfy { gradient[$0] == 0 })
        return (set.frozenCount..<set.count).map { gradient[$0] }
      }
    }
    let plain = try gradients(fixed: 0)
    #expect(try gradients(fixed: 7000) == plain)
    #expect(plain[0] == plain[2] && plain[0] != plain[1] && plain[0].contains { $0 != 0 })
  }
}
