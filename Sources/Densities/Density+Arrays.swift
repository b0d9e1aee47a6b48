extension Density {
  /// log ρ of points, [count, D].
  /// - Parameter conditions: The number of the condition of each, [count]; nil where there are none.
  package func logDensity(
    of x: [Float], conditions: UnsafePointer<Int32>? = nil
  ) throws -> [Double] {
    let count = x.count / dimension
    var values = [Float](repeating: 0, count: count)
    try x.withUnsafeBufferPointer { x in
      guard let x = x.baseAddress else { return }
      try logDensity(
        of: Points(x, count: count, dimension: dimension, conditions: conditions), into: &values)
    }
    return values.map { Double($0) }
  }
}
