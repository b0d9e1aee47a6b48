import Kernels

/// A training step to measure.
struct TrainingStep {
  /// A step that is ready, and floating-point operations of its matrix products.
  typealias Ready = (operations: Double, run: () throws -> Void)

  let name: String
  /// Steps of one measurement.
  var count = 1
  /// Makes what is trained.
  let make: () throws -> Ready

  /// Steps of samplers and of the larger networks; sizes stand in the files that make these.
  static var all: [TrainingStep] {
    trainingWorkloads.map { workload in
      TrainingStep(name: workload.name, count: 40) { try workload.makeStep() }
    } + [
      TrainingStep(name: "egnn-lj13") { try GraphNetworkTraining().makeStep() },
      TrainingStep(name: "transformer") {
        let step = try TransformerStep(blockRows: 8, tapeRows: 8)
        return (TransformerStep.operations, step.run)
      },
      TrainingStep(name: "unet") {
        let step = try UNetStep(blockRows: 8, tapeRows: 8)
        return (step.operations, step.run)
      },
    ]
  }

  /// Its rows: on one thread, and on all.
  func measurement(_ ceiling: Ceiling) -> Measurement {
    Measurement(name: name) { repeats in
      let ready = try make()
      return try ThreadPool.oneAndAll.map { pool in
        try Row(
          name, repeats: repeats, threads: pool.threads, operations: ready.operations,
          ceiling: ceiling.rate(of: pool)
        ) {
          try seconds { try pool.confine { for _ in 0..<count { try ready.run() } } }
            / Double(count)
        }
      }
    }
  }
}

extension ThreadPool {
  /// A pool of one thread, and the pool of the process where that has more.
  static var oneAndAll: [ThreadPool] {
    shared.threads > 1 ? [ThreadPool(threads: 1), shared] : [shared]
  }

  /// Runs something that uses the pool of the process; a pool of one thread keeps it on this one.
  fileprivate func confine(_ body: () throws -> Void) throws {
    guard threads == 1 else { return try body() }
    var failure: (any Error)?
    run(1) { _, _ in
      do { try body() } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
