import Foundation

/// A new folder that is deleted with all that is in it when the test lets go of it.
package final class ScratchFolder {
  /// Where it is.
  package let path: String

  /// Makes a folder.
  package init() throws {
    path = NSTemporaryDirectory() + "/tightrope-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a name inside.
  package func callAsFunction(_ name: String) -> String { path + "/" + name }
}
