/// The loops of an average of scores at noised points, weighted by the density there.
package protocol NoisedScoreKernels {
  /// noise[k, :] ← x + scale noise[k, :], for k < rows.
  static func addNoise(
    _ noise: UnsafeMutableRawPointer, around x: UnsafeRawPointer, scale: Double, rows: Int,
    columns: Int)

  /// Takes points into a sum weighted by their densities, without ever holding the weights of all.
  ///
  /// With M the largest log ρ so far, the sum is [M, Σ_k exp(log ρ_k - M), Σ_k exp(log ρ_k - M) score_k],
  /// [2 + columns]; it begins as [-∞, 0, 0 …]. Points of weight zero count for nothing, whatever
  /// their score.
  static func accumulateWeighted(
    logDensity: UnsafeRawPointer, score: UnsafeRawPointer, rows: Int, columns: Int,
    into sum: UnsafeMutableRawPointer)
}
