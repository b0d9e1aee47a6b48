import Storage

extension ImageSet {
  /// The images of an IDX file, or of a folder that holds MNIST's two, unpacked.
  ///
  /// Of a file, the last 100 images are held back. Of a folder, `train-images-idx3-ubyte` is for training, and
  /// the first 100 images of `t10k-images-idx3-ubyte` are held back. Labels are those of the files beside them
  /// whose names have `labels-idx1` for `images-idx3`, where there are such.
  /// - Throws: `StorageError`.
  public init(reading path: String) throws(StorageError) {
    guard directoryExists(path) else {
      self.init(try Self.images(in: path), labels: try Self.labels(beside: path) ?? [])
      return
    }
    let training = try Self.images(in: path + "/train-images-idx3-ubyte")
    let other = path + "/t10k-images-idx3-ubyte"
    let held = try Self.images(in: other)
    let size = Array(training.shape.dropFirst())
    guard Array(held.shape.dropFirst()) == size, held.shape[0] >= Self.heldBack else {
      throw .malformed(
        path: other, format: "image",
        reason: "\(held.shape) is not \(Self.heldBack) or more images of size \(size)")
    }
    let pixels = Self.heldBack * size[0] * size[1]
    let own = try Self.labels(beside: path + "/train-images-idx3-ubyte")
    let others = try Self.labels(beside: other)
    let labels = own.flatMap { own in others.map { own + $0.prefix(Self.heldBack) } }
    self.init(
      StoredArray(
        .uint8, shape: [training.shape[0] + Self.heldBack] + size,
        bytes: training.bytes + held.bytes.prefix(pixels)),
      training: training.shape[0], labels: labels ?? [])
  }

  private init(_ array: StoredArray, training: Int? = nil, labels: [Int]) {
    let fits = labels.count == array.shape[0]
    self.init(
      array.bytes, rows: array.shape[1], columns: array.shape[2], whitest: 255, training: training,
      labels: fits ? labels : [])
  }

  /// The labels in the file beside one of images; nil where there is none.
  private static func labels(beside path: String) throws(StorageError) -> [Int]? {
    let parts = path.split(separator: "images-idx3", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let other = parts[0] + "labels-idx1" + parts[1]
    guard fileExists(String(other)) else { return nil }
    return try StoredArray(readingIDX: String(other)).bytes.map { Int($0) }
  }

  private static func images(in path: String) throws(StorageError) -> StoredArray {
    let array = try StoredArray(readingIDX: path)
    guard array.shape.count == 3, array.bytes.count > 0 else {
      throw .malformed(
        path: path, format: "image", reason: "\(array.shape) is not images, rows and columns")
    }
    let (pixels, overflow) = array.shape[1].multipliedReportingOverflow(by: array.shape[2])
    guard !overflow, pixels <= mostPixels else {
      throw .malformed(
        path: path, format: "image",
        reason: "images of \(array.shape[1]) by \(array.shape[2]) have over \(mostPixels) pixels")
    }
    return array
  }
}

/// Pixels of the largest images: a network's matrices have as many rows.
private let mostPixels = 1 << 16
