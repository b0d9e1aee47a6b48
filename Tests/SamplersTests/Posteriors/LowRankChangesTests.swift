import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

@Suite("Changes of low rank")
struct LowRankChangesTests {
  /// The gradient by A and B of the inner product of all matrices with fixed ones.
  @Test("have the gradient of what they change")
  func gradient() throws {
    let folder = try ScratchFolder()
    let run = try smallPosterior(of: savePrior(in: folder), ["initialize": "lora", "lora_rank": 3])
    let (model, set) = (run.model, run.model.parameters)
    let changes = try #require(model.changes)
    let learned = set.entries.filter { $0.name.hasSuffix(".up") || $0.name.hasSuffix(".down") }
    let noise = spread(set.count, seed: 3)
    for entry in learned {
      let start = entry.parameter.offset
      for i in start..<start + entry.parameter.shape.count { set.values[i] += noise[i] }
    }
    changes.refresh(set)
    let frozen = set.entries.filter { $0.group == .statistics }
    let factors = spread(set.count, seed: 4)
    var gradient = factors
    gradient.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { changes.pullBack(base, set) }
    }
    for entry in frozen { #expect(gradient[entry.parameter.offset] == 0) }
    func product() -> Double {
      changes.refresh(set)
      return frozen.reduce(0) { sum, entry in
        let start = entry.parameter.offset
        return (start..<start + entry.parameter.shape.count).reduce(sum) {
          $0 + Double(factors[$1]) * Double(set.values[$1])
        }
      }
    }
    for entry in learned {
      let i = entry.parameter.offset + entry.parameter.shape.count / 2
      let value = set.values[i]
      set.values[i] = value + 0.5
      let above = product()
      set.values[i] = value - 0.5
      let below = product()
      set.values[i] = value
      expect(Double(gradient[i]), equals: above - below, within: .scaled(1e-3), entry.name)
    }
  }
}
