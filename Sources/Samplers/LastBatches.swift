/// What the last batch of each kind of paths said, for reports.
struct LastBatches: Codable, Sendable, Equatable {
  /// The loss of the model's own paths; of paths from given ends where there are no others.
  var loss = 0.0
  /// Their mean log-weight.
  var elbo = 0.0
  /// The loss of paths from given ends; nil before the first.
  var backwardLoss: Double?

  enum CodingKeys: String, CodingKey {
    case loss, elbo
    case backwardLoss = "backward_loss"
  }

  /// Takes note of a batch.
  mutating func note(_ outcome: GroupOutcome, isBackward: Bool, isAlone: Bool) {
    if isBackward { backwardLoss = outcome.loss }
    guard !isBackward || isAlone else { return }
    loss = outcome.loss
    elbo = outcome.sumOfLogWeights / Double(outcome.counted)
  }
}
