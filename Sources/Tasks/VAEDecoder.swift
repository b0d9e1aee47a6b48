import Storage

/// The decoder of an autoencoder as plain matrices: logits = max(z W₁ + b₁, 0) W₂ + b₂.
public struct VAEDecoder: Sendable, Equatable {
  /// d, the numbers of a code.
  public let latent: Int
  /// Width of the hidden layer.
  public let hidden: Int
  /// D, the pixels of an image.
  public let dimension: Int
  /// W₁, [latent, hidden].
  package let hiddenWeight: [Float]
  /// b₁, [hidden].
  package let hiddenBias: [Float]
  /// W₂, [hidden, D].
  package let weight: [Float]
  /// b₂, [D].
  package let bias: [Float]

  /// Collects the matrices.
  package init(
    hiddenWeight: [Float], hiddenBias: [Float], weight: [Float], bias: [Float]
  ) {
    (hidden, dimension) = (hiddenBias.count, bias.count)
    latent = hiddenWeight.count / max(1, hidden)
    precondition(
      hiddenWeight.count == latent * hidden && weight.count == hidden * dimension,
      "the layers of a decoder do not fit together")
    (self.hiddenWeight, self.hiddenBias) = (hiddenWeight, hiddenBias)
    (self.weight, self.bias) = (weight, bias)
  }

  /// Writes a safetensors file, all or nothing.
  /// - Throws: `StorageError`.
  public func write(to path: String) throws(StorageError) {
    var file = SafetensorsFile(metadata: ["format": "tightrope-decoder-1"])
    file["decoder.0.weight"] = StoredArray(hiddenWeight, shape: [latent, hidden])
    file["decoder.0.bias"] = StoredArray(hiddenBias, shape: [hidden])
    file["decoder.1.weight"] = StoredArray(weight, shape: [hidden, dimension])
    file["decoder.1.bias"] = StoredArray(bias, shape: [dimension])
    try file.write(to: path)
  }

  /// The decoder of a safetensors file: of `write(to:)` or `TrainedVAE.write(to:)`, or with the matrices of another
  /// framework, [outputs, inputs], under the names `fc3` and `fc4`.
  /// - Throws: `StorageError`.
  public init(reading path: String) throws(StorageError) {
    try self.init(SafetensorsFile(reading: path))
  }

  init(_ file: SafetensorsFile) throws(StorageError) {
    let isForeign = file["fc3.weight"] != nil && file["decoder.0.weight"] == nil
    let (first, second) = isForeign ? ("fc3", "fc4") : ("decoder.0", "decoder.1")
    let shape = try file.array(first + ".weight").shape
    guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
      throw .malformed(
        path: file.path, format: "autoencoder",
        reason: "'\(first).weight' is \(shape), not a matrix")
    }
    let (latent, hidden) = isForeign ? (shape[1], shape[0]) : (shape[0], shape[1])
    let bias = try file.floats(second + ".bias")
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(StorageError) -> [Float] {
      guard isForeign else { return try file.floats(name, shape: [rows, columns]) }
      let values = try file.floats(name, shape: [columns, rows])
      return (0..<rows * columns).map { values[$0 % columns * rows + $0 / columns] }
    }
    self.init(
      hiddenWeight: try matrix(first + ".weight", latent, hidden),
      hiddenBias: try file.floats(first + ".bias", shape: [hidden]),
      weight: try matrix(second + ".weight", hidden, bias.count), bias: bias)
  }
}

extension TrainedVAE {
  /// The decoder's matrices.
  public var decoder: VAEDecoder {
    func values(_ name: String) -> [Float] {
      guard let entry = parameters.entries.first(where: { $0.name == name }) else { return [] }
      return Array(
        UnsafeBufferPointer(
          start: parameters.values + entry.parameter.offset, count: entry.parameter.shape.count))
    }
    return VAEDecoder(
      hiddenWeight: values("decoder.0.weight"), hiddenBias: values("decoder.0.bias"),
      weight: values("decoder.1.weight"), bias: values("decoder.1.bias"))
  }
}
