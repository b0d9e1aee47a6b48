/// Training steps of the larger networks; their sizes stand in the files that make them.
var networkTrainings: [Measurement] {
  [
    Measurement(name: "egnn-lj13") { try GraphNetworkTraining().rows(repeats: $0) },
    Measurement(name: "transformer") { repeats in
      let step = try TransformerStep(blockRows: 8, tapeRows: 8)
      return try [
        Row("transformer", repeats: repeats, operations: TransformerStep.operations) {
          try seconds { try step.run() }
        }
      ]
    },
    Measurement(name: "unet") { repeats in
      let step = try UNetStep(blockRows: 8, tapeRows: 8)
      return try [
        Row("unet", repeats: repeats, operations: step.operations) {
          try seconds { try step.run() }
        }
      ]
    },
  ]
}
