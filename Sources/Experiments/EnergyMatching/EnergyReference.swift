import Chains
import Densities
import Kernels
import Samplers
import Storage

/// Two sets of points that stand for a density: exact ones, or long chains that were checked.
struct EnergyReference {
  /// What points are compared with, [n, D].
  let x: [Float]
  /// As many others, which say what exact points score.
  let others: [Float]
  /// What is known of them, a sentence.
  let note: String

  /// Points of a density that has exact ones, or those in the desk's folder, made there if need be.
  init(_ density: NamedDensity, _ settings: EnergySettings, _ desk: StudyDesk) throws {
    let (n, d) = (settings.count, density.density.dimension)
    let stream = RandomStream(seed: desk.seed).folding(.exactSamples)
    if let samplable = density.density as? any SamplableDensity {
      var all = [Float](repeating: 0, count: 2 * n * d)
      all.withUnsafeMutableBufferPointer {
        if let base = $0.baseAddress {
          samplable.sample(2 * n, firstRow: 0, stream, into: base)
        }
      }
      (x, others) = (Array(all.prefix(n * d)), Array(all.suffix(n * d)))
      note = "The reference is \(n) exact draws, and its floor as many others."
      return
    }
    let path = desk.folder + "/reference.npy"
    if !fileExists(path) { try Self.make(density, settings, desk, path) }
    let rows = try readPoints(path, dimension: d)
    let order = stream.draw(Permutation(of: rows.count / d), rows: 0..<1).map { Int($0) }
    let shuffled = order.flatMap { rows[$0 * d..<($0 + 1) * d] }
    (x, others) = (Array(shuffled.prefix(n * d)), Array(shuffled.suffix(n * d)))
    note = try Self.note(path, count: n)
  }

  private static func make(
    _ density: NamedDensity, _ settings: EnergySettings, _ desk: StudyDesk, _ path: String
  ) throws {
    desk.say("reference: chains")
    var overrides = settings.reference
    try overrides.set("count", to: String(2 * settings.count))
    try overrides.set("seed", to: String(desk.seed))
    let draws = try ReferenceDraws(density, overrides: overrides, pool: desk.pool, poll: desk.poll)
    try createDirectory(desk.folder, intermediate: true)
    try draws.write(to: path)
  }

  /// What the chains' own checks said.
  private static func note(_ path: String, count: Int) throws -> String {
    let text = String(decoding: try readFile(path.dropLast(4) + ".json"), as: UTF8.self)
    let report = try JSONValue(parsing: text)
    let checks = (report["metrics"]?.array ?? []).map { metric in
      let value = metric["value"]?.double ?? .nan
      return "\(metric["name"]?.string ?? "") \((1000 * value).rounded() / 1000)"
    }
    let failed = report["passed"]?.bool == false ? ", NOT all of which passed" : ""
    return "The reference is \(count) draws of long chains from two starts, and its floor as many "
      + "others; their checks\(failed): " + checks.joined(separator: ", ") + "."
  }
}
