/// A point of the unit sphere of a space, each direction with the same chance.
///
/// Normals divided by their length.
/// Reference: Muller (1959), *A note on a method for generating points uniformly on n-dimensional
/// spheres*
public struct Sphere: RowDistribution {
  /// The words it uses.
  public static let kind = RandomKind.sphere
  /// D.
  public let columns: Int

  /// The sphere of a space of D >= 1 dimensions: two points, a circle, a sphere, ….
  public init(dimension: Int) {
    precondition(dimension > 0, "sphere: the dimension must be positive")
    columns = dimension
  }

  /// Writes one point.
  public func draw(_ place: RandomPlace, into row: UnsafeMutablePointer<Double>) {
    var square = 0.0
    for column in 0..<columns {
      var words = place.words(column: column)
      row[column] = Normal().draw(&words)
      square += row[column] * row[column]
    }
    let length = square.squareRoot()
    for column in 0..<columns { row[column] /= length }
  }
}
