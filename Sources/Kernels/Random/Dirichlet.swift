/// The Dirichlet distribution: rows of positive numbers that add up to 1.
///
/// Gamma variates divided by their sum, from their logarithms, so that a row is right even if all of
/// them are too small for a float.
public struct Dirichlet: RowDistribution {
  /// The words it uses.
  public static let kind = RandomKind.dirichlet
  private let gammas: [Gamma]

  /// One shape > 0 for each column.
  public init(_ shapes: [Double]) {
    precondition(!shapes.isEmpty, "Dirichlet: there must be a column")
    gammas = shapes.map { Gamma(shape: $0) }
  }

  /// K.
  public var columns: Int { gammas.count }

  /// Writes one row.
  public func draw(_ place: RandomPlace, into row: UnsafeMutablePointer<Double>) {
    var largest = -Double.infinity
    for column in 0..<columns {
      var words = place.words(column: column)
      row[column] = gammas[column].logarithm(&words)
      largest = max(largest, row[column])
    }
    var sum = 0.0
    for column in 0..<columns {
      row[column] = scalarExp(row[column] - largest)
      sum += row[column]
    }
    for column in 0..<columns { row[column] /= sum }
  }
}
