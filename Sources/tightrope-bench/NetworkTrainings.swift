/// Training steps of the larger networks: sizes stand beside each in its own file.
var networkTrainings: [Measurement] {
  [Measurement(name: "egnn-lj13") { try GraphNetworkTraining().rows(repeats: $0) }]
}
