/// A JSON document: the one value tree behind configs, JSON Lines and safetensors headers.
///
/// Integers that fit 64 bits keep every digit; any other JSON number is a `Double`.
public enum JSONValue: Equatable, Sendable {
  /// The literal `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number written without fraction or exponent that fits 64 bits.
  case integer(Int64)
  /// Any other number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// A table, in the order it was written.
  case object(JSONObject)
}

// MARK: - Looking inside

extension JSONValue {
  /// The value under `key`, or nil when this is not an object that has it.
  public subscript(key: String) -> JSONValue? { object?[key] }

  /// The object inside, if this is one.
  public var object: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// The list inside, if this is one.
  public var array: [JSONValue]? {
    if case .array(let array) = self { array } else { nil }
  }

  /// The text inside, if this is one.
  public var string: String? {
    if case .string(let string) = self { string } else { nil }
  }

  /// The truth value inside, if this is one.
  public var bool: Bool? {
    if case .bool(let bool) = self { bool } else { nil }
  }

  /// The number inside when it is whole and fits 64 bits: 5 and 5.0, not 5.5.
  public var integer: Int64? {
    switch self {
    case .integer(let integer): integer
    case .number(let number): Int64(exactly: number)
    default: nil
    }
  }

  /// The number inside; the texts `nan`, `inf` and `-inf` stand for the values JSON cannot write.
  public var double: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    case .string("nan"): .nan
    case .string("inf"): .infinity
    case .string("-inf"): -.infinity
    default: nil
    }
  }

  /// A number as the tree holds it: as is when finite, else the text `nan`, `inf` or `-inf`.
  public init(_ number: Double) {
    self = number.isFinite ? .number(number) : .string(nonFiniteName(number))
  }
}

/// The text that stands for a number JSON cannot write.
func nonFiniteName(_ number: Double) -> String {
  if number.isNaN { return "nan" }
  return number < 0 ? "-inf" : "inf"
}
