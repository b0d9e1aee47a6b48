/// The types of array elements files can hold, all little endian.
package enum ElementType: String, CaseIterable, Sendable {
  case float32 = "F32"
  case float64 = "F64"
  case int32 = "I32"
  case int64 = "I64"
  case uint8 = "U8"
  case uint32 = "U32"
  case uint64 = "U64"

  /// Bytes an element.
  package var byteCount: Int {
    switch self {
    case .uint8: 1
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The bytes of an array of this shape; nil when a dimension is negative or the product too big.
  package func byteCount(shape: [Int]) -> Int? {
    var count = byteCount
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }
}

/// A number that arrays in files can hold, of as many bytes in memory as there.
package protocol StoredScalar: BitwiseCopyable, Sendable {
  /// The name of this type in files.
  static var elementType: ElementType { get }
}

extension Float: StoredScalar { package static var elementType: ElementType { .float32 } }
extension Double: StoredScalar { package static var elementType: ElementType { .float64 } }
extension Int32: StoredScalar { package static var elementType: ElementType { .int32 } }
extension Int64: StoredScalar { package static var elementType: ElementType { .int64 } }
extension UInt8: StoredScalar { package static var elementType: ElementType { .uint8 } }
extension UInt32: StoredScalar { package static var elementType: ElementType { .uint32 } }
extension UInt64: StoredScalar { package static var elementType: ElementType { .uint64 } }
