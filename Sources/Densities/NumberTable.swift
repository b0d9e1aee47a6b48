import Storage

/// A matrix of numbers that came from a file.
struct NumberTable {
  /// The numbers, row by row.
  let values: [Double]
  /// Numbers of each row.
  let columns: Int

  /// Why a file of numbers cannot be used.
  struct Fault: Error, CustomStringConvertible { let description: String }

  /// Reads a two-dimensional NumPy array of floats.
  init(readingNPY path: String) throws {
    let array = try StoredArray(readingNPY: path)
    guard array.shape.count == 2 else {
      throw Fault(description: "'\(path)' has shape \(array.shape), not rows and columns")
    }
    columns = array.shape[1]
    if let doubles = array.values(as: Double.self) {
      values = doubles
    } else if let floats = array.values(as: Float.self) {
      values = floats.map { Double($0) }
    } else {
      throw Fault(description: "'\(path)' holds \(array.elementType.rawValue), not floats")
    }
  }

  /// Reads lines of numbers apart by commas, semicolons or blanks; a first line of words is passed over.
  init(readingText path: String) throws {
    let text = String(decoding: try readFile(path), as: UTF8.self)
    var (table, columns) = ([Double](), 0)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let words = line.split { $0 == "," || $0 == ";" || $0.isWhitespace }
      let numbers = words.compactMap { Double($0) }
      if words.isEmpty || numbers.isEmpty && table.isEmpty { continue }
      guard numbers.count == words.count, columns == 0 || numbers.count == columns else {
        let expected = columns == 0 ? "a row of numbers" : "\(columns) numbers"
        throw Fault(description: "line \(index + 1) of '\(path)' is not \(expected)")
      }
      columns = numbers.count
      table += numbers
    }
    (values, self.columns) = (table, columns)
  }
}
