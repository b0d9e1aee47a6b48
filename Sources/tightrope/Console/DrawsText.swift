import Samplers

/// Draws as comma-separated text: coordinates, log-weight, log-density.
struct DrawsText {
  private let draws: Draws

  init(_ draws: Draws) { self.draws = draws }

  /// The line of column names.
  var heading: String {
    let names = (0..<draws.dimension).map { "x\($0)" } + ["log_weight", "log_density"]
    return names.joined(separator: ",") + "\n"
  }

  /// The lines of some rows, with as many digits as give back the same bits.
  func rows(_ range: Range<Int>) -> String {
    var text = ""
    for row in range {
      for column in 0..<draws.dimension {
        text += draws.x[row * draws.dimension + column].description + ","
      }
      text += "\(draws.logWeights[row]),\(draws.logDensity[row])\n"
    }
    return text
  }

  /// Everything.
  var whole: String { heading + rows(0..<draws.count) }
}
