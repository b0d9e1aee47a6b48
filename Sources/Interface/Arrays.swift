import CTightrope

/// An array of the caller's to read from.
struct InputArray {
  let name: String
  let shape: [Int]
  let values: [Double]

  init(_ array: tightrope_array, _ name: String) throws {
    self.name = name
    shape = try checkedShape(array, name)
    let count = shape.reduce(1, *)
    guard count > 0 else {
      values = []
      return
    }
    values = Array(UnsafeBufferPointer(start: try required(array.data, name), count: count))
  }

  /// Refuses another number of axes.
  func requireRank(_ rank: Int) throws {
    guard shape.count == rank else {
      throw ArgumentError("\(name) must have \(rank) axes, not the shape \(shape)")
    }
  }

  /// Refuses another shape.
  func requireShape(_ expected: [Int]) throws {
    guard shape == expected else {
      throw ArgumentError("\(name) must have the shape \(expected), not \(shape)")
    }
  }

  /// Refuses an empty array.
  func requireElements() throws {
    if values.isEmpty { throw ArgumentError("\(name) is empty") }
  }

  /// Refuses NaN and infinities.
  func requireFinite() throws {
    let bad = values.count { !$0.isFinite }
    if bad > 0 { throw ArgumentError("\(name) holds \(bad) values that are NaN or infinite") }
  }
}

/// An array of the caller's to write to.
struct OutputArray {
  let name: String
  let shape: [Int]
  private let data: UnsafeMutablePointer<Double>?

  init(_ array: tightrope_array, _ name: String) throws {
    self.name = name
    shape = try checkedShape(array, name)
    data = array.data
    if shape.reduce(1, *) > 0 { _ = try required(data, name) }
  }

  /// Writes all elements.
  func write(_ values: [Double], shape expected: [Int]) throws {
    guard shape == expected else {
      throw ArgumentError("\(name) must have the shape \(expected), not \(shape)")
    }
    for (i, value) in values.enumerated() { data?[i] = value }
  }

  /// Writes the only element.
  func write(_ value: Double) throws { try write([value], shape: []) }
}

/// The shape of an array whose rank and size make sense.
private func checkedShape(_ array: tightrope_array, _ name: String) throws -> [Int] {
  let sizes = [array.shape.0, array.shape.1, array.shape.2, array.shape.3]
  guard (0...4).contains(array.rank) else {
    throw ArgumentError("\(name) has \(array.rank) axes; there can be at most 4")
  }
  let shape = Array(sizes.prefix(array.rank))
  var count = 1
  for size in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    guard size >= 0, !overflow, product < 1 << 40 else {
      throw ArgumentError("\(name) has the impossible shape \(shape)")
    }
    count = product
  }
  return shape
}
