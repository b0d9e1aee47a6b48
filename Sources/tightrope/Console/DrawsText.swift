import Samplers

/// Draws as comma-separated text: coordinates and, where they are known, log-weight and log-density.
struct DrawsText {
  private let draws: Draws

  init(_ draws: Draws) { self.draws = draws }

  /// The line of column names.
  var heading: String {
    let coordinates = (0..<draws.dimension).map { "x\($0)" }
    let names = coordinates + (draws.isWeighted ? ["log_weight", "log_density"] : [])
    return names.joined(separator: ",") + "\n"
  }

  /// The lines of some rows, with as many digits as give back the same bits.
  func rows(_ range: Range<Int>) -> String {
    var text = ""
    for row in range {
      let point = (0..<draws.dimension).map { draws.x[row * draws.dimension + $0].description }
      let rest = draws.isWeighted ? ["\(draws.logWeights[row])", "\(draws.logDensity[row])"] : []
      text += (point + rest).joined(separator: ",") + "\n"
    }
    return text
  }

  /// Everything.
  var whole: String { heading + rows(0..<draws.count) }
}
