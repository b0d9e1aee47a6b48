import Kernels

/// How the time from 0 to 1 is cut into steps.
///
/// All but the uniform and the geometric grid are drawn anew for each step of training, one grid for the
/// batch: a network that has seen many coarse grids can be evaluated on a fine one.
/// Reference: Berner, Richter, Sendera, et al. (2025), arXiv:2501.06148, section 4
public enum TimeGrid: String, Codable, Sendable, CaseIterable {
  /// t_i = i / T.
  case uniform
  /// Independent lengths, uniform from 1 to a ratio, scaled to fill [0, 1].
  case random
  /// Each inner time moved by itself, by less than half a step.
  case lowDiscrepancy = "low-discrepancy"
  /// All inner times moved together, by less than a step.
  case equidistant
  /// Lengths that fall from the first to the last in equal proportions, by a ratio in all: fine steps
  /// where the density is met. Not drawn.
  case geometric

  /// Whether the times are drawn anew for each step of training; evaluation is then on the uniform grid.
  package var isDrawn: Bool { self != .uniform && self != .geometric }

  /// Least length of a step, as part of a uniform one.
  private static let leastPart = 0.01

  /// Writes t_0 = 0 < t_1 < … < t_T = 1.
  /// - Parameter ratio: Of the longest step to the shortest, for a random or geometric grid.
  package func write(_ times: inout [Double], ratio: Double, _ stream: RandomStream) {
    let steps = times.count - 1
    func unit(_ i: Int) -> Double {
      var words = stream.words(of: .uniform, row: i)
      return words.unit()
    }
    for i in 0...steps { times[i] = Double(i) / Double(steps) }
    switch self {
    case .uniform: return
    case .random: fill(&times) { 1 + (ratio - 1) * unit($0) }
    case .geometric:
      fill(&times) { scalarExp(-scalarLog(ratio) * Double($0) / Double(max(1, steps - 1))) }
    case .lowDiscrepancy:
      for i in 1..<max(1, steps) {
        times[i] += (1 - TimeGrid.leastPart) * (unit(i) - 0.5) / Double(steps)
      }
    case .equidistant:
      let shift = (1 - TimeGrid.leastPart) * (2 * unit(0) - 1) / Double(steps)
      for i in 1..<max(1, steps) { times[i] += shift }
    }
    times[0] = 0
    times[steps] = 1
  }

  /// Writes times whose steps have lengths in these proportions.
  private func fill(_ times: inout [Double], _ length: (_ step: Int) -> Double) {
    let steps = times.count - 1
    for i in 0..<steps { times[i + 1] = times[i] + length(i) }
    let total = times[steps]
    for i in 1...steps { times[i] /= total }
  }
}
