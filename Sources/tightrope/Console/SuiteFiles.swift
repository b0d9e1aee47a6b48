import Experiments
import Reports
import Storage

/// The files of a suite: lines of results, and the leaderboard made of them.
struct SuiteFiles {
  let folder: String

  /// The file that a shard writes, or the only process.
  func results(_ shard: Shard?) -> String {
    folder + "/results" + (shard.map { "-\($0.index)-of-\($0.count)" } ?? "") + ".jsonl"
  }

  /// All rows of the folder's results, file by file in the order of their names.
  /// - Throws: `StorageError` for a line that is no row.
  func rows() throws -> [SuiteRow] {
    guard directoryExists(folder) else { return [] }
    return try namesInDirectory(folder).filter { $0.hasPrefix("results") && $0.hasSuffix(".jsonl") }
      .flatMap { name in
        try readJSONLines(folder + "/" + name).map { line in
          do {
            return try ConfigDecoder().decode(SuiteRow.self, from: line)
          } catch {
            throw StorageError.malformed(
              path: folder + "/" + name, format: "results", reason: "\(error)")
          }
        }
      }
  }

  /// Adds a line to a file of results.
  func append(_ row: SuiteRow, to file: String) throws {
    try createDirectory(folder, intermediate: true)
    try JSONLinesWriter(file).append(ConfigEncoder().encode(row))
  }

  /// Writes `leaderboard.md` and `leaderboard.html`, and says where they are, or prints all rows.
  func writeLeaderboard(title: String, rows: [SuiteRow], asJSON: Bool) throws {
    guard !rows.isEmpty else { throw UsageError("there are no results*.jsonl with any row") }
    let board = Leaderboard(rows)
    let lines = provenance(rows)
    try createDirectory(folder, intermediate: true)
    try writeAtomically(
      board.markdown(title, provenance: lines), to: folder + "/leaderboard.md")
    try writeAtomically(board.html(title, provenance: lines), to: folder + "/leaderboard.html")
    if asJSON {
      let encoder = ConfigEncoder()
      return try printDocument(["rows": .array(try rows.map { try encoder.encode($0) })])
    }
    try printLine(folder + "/leaderboard.md")
    try printLine(folder + "/leaderboard.html")
  }

  /// What machines the rows come from, and when.
  private func provenance(_ rows: [SuiteRow]) -> [String] {
    let machines = rows.map { row in
      let report = row.provenance
      return "\(report["processor"]?.string ?? "unknown"), "
        + "\(counted(Int(report["threads"]?.integer ?? 0), "thread")), "
        + "\(report["instruction_set"]?.string ?? ""), version \(report["version"]?.string ?? ""), "
        + "\(report["date"]?.string ?? "")"
    }
    return ["\(counted(rows.count, "cell")), \(rows[0].budget) energy calls each"]
      + Set(machines).sorted()
  }
}
