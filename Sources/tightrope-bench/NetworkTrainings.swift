/// Training steps of the larger networks: sizes stand beside each in its own file.
let networkTrainings = [
  Measurement(name: "egnn-lj13") { try GraphNetworkTraining().rows(repeats: $0) },
]
