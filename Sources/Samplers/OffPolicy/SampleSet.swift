import Catalogs
import Densities
import Kernels
import Storage

/// Samples of a density to learn from: exact ones, or those of a file.
struct SampleSet {
  private let exact: (any SamplableDensity)?
  private let rows: [Float]
  private let dimension: Int

  /// The exact samples of a density.
  init(_ density: any SamplableDensity) {
    (exact, rows, dimension) = (density, [], density.dimension)
  }

  /// The samples of a NumPy file, [n, D]; exact ones for an empty path.
  /// - Throws: `ConfigError` where there are none, `StorageError` for a file that cannot be read.
  init(_ path: String, _ density: (any Density)?, dimension: Int) throws {
    self.dimension = dimension
    exact = path.isEmpty ? density as? any SamplableDensity : nil
    rows = path.isEmpty ? [] : try readPoints(path, dimension: dimension)
    if path.isEmpty && exact == nil {
      throw ConfigError.invalid(
        path: "samples", reason: "the density has no exact samples; name a NumPy file of some")
    }
  }

  /// Writes samples drawn with replacement, or fresh ones, [count, D].
  func draw(_ count: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>) {
    if let exact { return exact.sample(count, firstRow: 0, stream, into: out) }
    let row = IntegerBelow(rows.count / dimension)
    for index in 0..<count {
      var words = stream.words(of: .integer, row: index)
      let first = row.draw(&words) * dimension
      for j in 0..<dimension { out[index * dimension + j] = rows[first + j] }
    }
  }
}
