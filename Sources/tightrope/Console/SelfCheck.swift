import Densities
import KernelTables
import Kernels
import Metrics
import Samplers
import Storage
import Training

/// A small computation done in several ways that must agree to the last bit.
enum SelfCheck {
  /// The bits that functions, products and random numbers have on every machine.
  static let knownKernels = "6116957fab44d2de"

  /// Every instruction set of this processor computes the known bits.
  static func kernels() -> Finding {
    let found = InstructionSet.available.map { (set: $0.rawValue, bits: checksum(of: $0.kernels)) }
    let wrong = found.filter { $0.bits != knownKernels }
    guard !wrong.isEmpty else {
      let sets = found.map(\.set).joined(separator: ", ")
      return Finding("kernels", .ok, "\(sets): the known bits, \(knownKernels)")
    }
    let bits = wrong.map { "\($0.set) has \($0.bits)" }.joined(separator: ", ")
    return Finding("kernels", .fail, "\(bits), not \(knownKernels); please report this")
  }

  /// A short training has the same bits on one thread and on several.
  static func training(threads: Int) throws -> Finding {
    let several = max(2, threads)
    let (one, many) = (try trainedBits(threads: 1), try trainedBits(threads: several))
    return one == many
      ? Finding("training", .ok, "1 and \(several) threads: the same bits, \(one)")
      : Finding(
        "training", .fail,
        "1 and \(several) threads: other bits, \(one) and \(many); please report this")
  }

  private static func trainedBits(threads: Int) throws -> String {
    let settings: JSONValue = [
      "steps": 10, "batch_size": 60, "report_every": 10, "process": ["steps": 10],
      "network": ["width": 16],
    ]
    let run = try Run(
      NamedDensity("25gmm"), overrides: settings, pool: ThreadPool(threads: threads))
    try run.train(nil)
    return run.checksum
  }

  private static func checksum(of kernels: any KernelSet.Type) -> String {
    var checksum = Checksum()
    func take(_ numbers: [Float]) { numbers.withUnsafeBytes { checksum.update(bytes: $0) } }
    let normals = drawnNormals(kernels)
    take(normals)
    // Logarithms and roots of magnitudes are numbers: what a NaN's bits are is no promise.
    let magnitudes = normals.map { abs($0) }
    for function in ElementwiseFunction.allCases { take(mapped(magnitudes, by: function, kernels)) }
    take(squareProduct(normals, kernels))
    return checksum.hexadecimal
  }

  /// Rows and columns; no whole number of vectors.
  private static let size = 61

  private static func drawnNormals(_ kernels: any KernelSet.Type) -> [Float] {
    var numbers = [Float](repeating: 0, count: size * size)
    kernels.normals(key: 1, step: 2, firstRow: 3, rows: size, columns: size, to: &numbers)
    return numbers
  }

  private static func mapped(
    _ x: [Float], by function: ElementwiseFunction, _ kernels: any KernelSet.Type
  ) -> [Float] {
    var y = x
    kernels.map(function, x, to: &y, count: x.count)
    return y
  }

  /// The matrix times itself.
  private static func squareProduct(_ x: [Float], _ kernels: any KernelSet.Type) -> [Float] {
    var y = x
    func multiply(_ a: UnsafeRawPointer, _ c: UnsafeMutableRawPointer) {
      kernels.product(MatrixProduct(a: a, b: a, c: c, rows: size, columns: size, depth: size))
    }
    multiply(x, &y)
    return y
  }
}
