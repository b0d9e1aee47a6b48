import ArgumentParser
import Storage

/// Refuses a file that could not be written once all is computed.
/// - Parameter endings: What its name may end in; any where there are none.
/// - Throws: `ValidationError`.
func validateOutput(
  _ path: String?, as option: String = "--out", endings: [String] = []
) throws {
  guard let path else { return }
  guard endings.isEmpty || endings.contains(where: { path.hasSuffix($0) }) else {
    throw ValidationError(
      "\(option) must end in \(endings.joined(separator: " or ")), not '\(path)'")
  }
  let folder = parentDirectory(path)
  guard directoryExists(folder) else {
    throw ValidationError("\(option): there is no folder '\(folder)' for '\(path)'")
  }
  if directoryExists(path) { throw ValidationError("\(option): '\(path)' is a folder") }
}
