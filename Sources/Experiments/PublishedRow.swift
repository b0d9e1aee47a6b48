import Storage

/// One number of a published table.
public struct PublishedFigure: Sendable, Equatable {
  /// What it is.
  public let name: FigureName
  /// The mean over seeds.
  public let value: Double
  /// The standard deviation over seeds, where it is known.
  public let standardDeviation: Double?
}

/// One row of a published table.
public struct PublishedRow: Sendable, Equatable {
  /// The method as the table calls it.
  public let method: String
  /// The table.
  public let table: String
  /// The numbers.
  public let figures: [PublishedFigure]

  /// Method and table.
  public var label: String { "\(method) (\(table))" }

  /// The number of a name.
  public subscript(name: FigureName) -> PublishedFigure? { figures.first { $0.name == name } }

  /// The numbers by their names.
  var figureTable: JSONValue {
    .object(JSONObject(figures.map { ($0.name.rawValue, JSONValue($0.value)) }))
  }

  /// All of it as one object.
  var description: JSONValue {
    let figures = figures.map { figure -> (String, JSONValue) in
      let deviation = figure.standardDeviation.map { JSONValue($0) } ?? .null
      return (
        figure.name.rawValue,
        ["value": JSONValue(figure.value), "standard_deviation": deviation]
      )
    }
    return [
      "method": .string(method), "table": .string(table), "figures": .object(JSONObject(figures)),
    ]
  }
}
