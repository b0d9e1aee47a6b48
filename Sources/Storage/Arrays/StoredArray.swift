/// An array as files hold it: element type, shape, and the little-endian bytes in row-major order.
package struct StoredArray: Equatable, Sendable {
  package let elementType: ElementType
  package let shape: [Int]
  package let bytes: [UInt8]

  /// The array of these numbers.
  ///
  /// - Precondition: the product of the shape is the number of values.
  package init(_ values: [some StoredScalar], shape: [Int]) {
    self.init(type(of: values).Element.elementType, shape: shape, bytes: littleEndianBytes(values))
  }

  /// The flat array of these numbers.
  package init(_ values: [some StoredScalar]) { self.init(values, shape: [values.count]) }

  /// The array in these bytes.
  ///
  /// - Precondition: the bytes are as many as type and shape need.
  package init(_ elementType: ElementType, shape: [Int], bytes: [UInt8]) {
    precondition(
      elementType.byteCount(shape: shape) == bytes.count,
      "\(bytes.count) bytes cannot be an array of \(elementType.rawValue) \(shape)")
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// The numbers, nil when they are of another type.
  package func values<Scalar: StoredScalar>(as type: Scalar.Type) -> [Scalar]? {
    elementType == type.elementType ? numbers(bytes, as: type) : nil
  }
}
