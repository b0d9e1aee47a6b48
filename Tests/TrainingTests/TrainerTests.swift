import Testing
import Training

private struct Broken: Error {}

/// Counts steps and checkpoints, and fails at a step.
private final class Counter: Trainable {
  var stepsDone = 0
  var recorded: [Int] = []
  var checkpoints: [Int] = []
  var failsAt = Int.max

  func trainStep(_ poll: () throws -> Void) throws -> StepReport {
    try poll()
    if stepsDone + 1 == failsAt { throw Broken() }
    stepsDone += 1
    return StepReport(
      step: stepsDone, loss: 0, logZ: 0, elbo: 0, gradientNorm: 0, energyCalls: 0,
      gradientCalls: 0, rejected: 0)
  }

  func record(_ report: StepReport) { recorded.append(report.step) }

  func checkpoint() -> String? {
    checkpoints.append(stepsDone)
    return "file"
  }
}

/// Writes down what it hears.
private final class Diary: TrainingListener {
  var entries: [String] = []
  var polls = 0
  var stopsAt = Int.max

  func receive(_ event: TrainingEvent) throws {
    switch event {
    case .started(let from, let to): entries.append("from \(from) to \(to)")
    case .step(let report):
      entries.append("step \(report.step)")
      if report.step == stopsAt { throw Cancelled() }
    case .checkpoint(let step, let path): entries.append("\(path) \(step)")
    case .finished(let step): entries.append("finished \(step)")
    }
  }

  func poll() { polls += 1 }
}

@Suite("The training loop")
struct TrainerTests {
  let cadence = TrainerCadence(report: 2, checkpoint: 3)

  @Test("reports and saves at its cadence, at the end, and nothing twice")
  func cadenceOfEvents() throws {
    let (counter, diary) = (Counter(), Diary())
    try train(counter, steps: 5, cadence: cadence, listener: diary)
    #expect(
      diary.entries == [
        "from 0 to 5", "step 2", "file 3", "step 4", "step 5", "file 5", "finished 5",
      ])
    #expect(counter.recorded == [2, 4, 5] && counter.checkpoints == [3, 5] && diary.polls == 5)
    try train(counter, steps: 5, cadence: cadence, listener: nil)
    #expect(counter.stepsDone == 5)
  }

  @Test("saves the last whole step when a step fails or a listener stops it")
  func errors() {
    let failing = Counter()
    failing.failsAt = 5
    #expect(throws: Broken.self) {
      try train(failing, steps: 9, cadence: cadence, listener: nil)
    }
    #expect(failing.stepsDone == 4 && failing.checkpoints == [3, 4])
    let (stopped, diary) = (Counter(), Diary())
    diary.stopsAt = 4
    #expect(throws: Cancelled.self) {
      try train(stopped, steps: 9, cadence: cadence, listener: diary)
    }
    #expect(stopped.stepsDone == 4 && stopped.checkpoints.last == 4)
  }
}
