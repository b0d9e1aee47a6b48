import Storage
import Tensors

extension TrainedVAE {
  /// All parameters under their names.
  var file: SafetensorsFile {
    parameters.entries.reduce(into: SafetensorsFile(metadata: ["format": "tightrope-vae-1"])) {
      file, entry in
      let values = UnsafeBufferPointer(
        start: parameters.values + entry.parameter.offset, count: entry.parameter.shape.count)
      file[entry.name] = StoredArray(Array(values), shape: entry.parameter.shape.array)
    }
  }

  /// Writes a safetensors file, all or nothing.
  /// - Throws: `StorageError`.
  public func write(to path: String) throws(StorageError) { try file.write(to: path) }

  /// Reads a safetensors file of `write(to:)`.
  /// - Throws: `StorageError`.
  public convenience init(reading path: String) throws(StorageError) {
    let file = try SafetensorsFile(reading: path)
    let decoder = try VAEDecoder(file)
    self.init(
      dimension: decoder.dimension, latent: decoder.latent, hidden: decoder.hidden, seed: 0)
    for entry in parameters.entries {
      let shape = entry.parameter.shape.array
      let values = try file.floats(entry.name, shape: shape)
      (parameters.values + entry.parameter.offset).update(from: values, count: values.count)
    }
    parameters.refreshTransposes()
  }
}

extension SafetensorsFile {
  /// The numbers of an array that must have this shape.
  func floats(_ name: String, shape: [Int]) throws(StorageError) -> [Float] {
    let array = try array(name)
    guard array.shape == shape else {
      throw .malformed(
        path: path, format: "autoencoder", reason: "'\(name)' is \(array.shape), not \(shape)")
    }
    return try floats(name)
  }
}
