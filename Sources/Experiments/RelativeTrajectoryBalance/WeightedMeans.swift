import Kernels

/// (Σ w)² / (n Σ w²) of log-weights.
func effectiveShare(_ logWeights: [Double]) -> Double {
  guard let top = logWeights.max() else { return 0 }
  let weights = logWeights.map { scalarExp($0 - top) }
  let (sum, square) = weights.reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
  return sum * sum / square / Double(weights.count)
}

/// log of the mean weight.
func logMean(_ logWeights: [Double]) -> Double {
  let top = logWeights.max() ?? 0
  let sum = logWeights.reduce(0) { $0 + scalarExp($1 - top) }
  return top + scalarLog(sum / Double(logWeights.count))
}
