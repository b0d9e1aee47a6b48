/// Training steps of the larger networks; their sizes stand in the files that make them.
var networkTrainings: [Measurement] {
  [
    Measurement(name: "egnn-lj13") { try GraphNetworkTraining().rows(repeats: $0) },
    Measurement(name: "transformer") { repeats in
      let step = try makeTransformerStep()
      return try [
        Row("transformer", repeats: repeats, operations: TransformerStep.operations) {
          try seconds { try step.run() }
        }
      ]
    },
    Measurement(name: "unet") { repeats in
      let step = try makeUNetStep()
      return try [
        Row("unet", repeats: repeats, operations: step.operations) {
          try seconds { try step.run() }
        }
      ]
    },
  ]
}

/// The same steps alone, each made when it is asked for.
var networkSteps: [(name: String, make: () throws -> () throws -> Void)] {
  [
    ("egnn-lj13", { try GraphNetworkTraining().makeStep() }),
    ("transformer", { try makeTransformerStep().run }),
    ("unet", { try makeUNetStep().run }),
  ]
}

private func makeTransformerStep() throws -> TransformerStep {
  try TransformerStep(blockRows: 8, tapeRows: 8)
}

private func makeUNetStep() throws -> UNetStep {
  try UNetStep(blockRows: 8, tapeRows: 8)
}
