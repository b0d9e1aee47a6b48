import CErrorText
import CTightrope
import Catalogs
import Densities
import Experiments
import Kernels
import Storage

nonisolated(unsafe) private let versionText = cString(
  "\(TIGHTROPE_VERSION_MAJOR).\(TIGHTROPE_VERSION_MINOR).\(TIGHTROPE_VERSION_PATCH)")

/// See `tightrope.h`.
@c @implementation
public func tightrope_version() -> UnsafePointer<CChar>! { UnsafePointer(versionText) }

/// See `tightrope.h`.
@c @implementation
public func tightrope_last_error() -> UnsafePointer<CChar>! { error_text_get() }

/// See `tightrope.h`.
@c @implementation
public func tightrope_environment(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> Int32 {
  guarded {
    try write(
      [
        "version": .string(String(cString: versionText)),
        "instruction_set": .string(InstructionSet.active.rawValue),
        "available_instruction_sets": .array(
          InstructionSet.available.map { .string($0.rawValue) }),
        "threads": .integer(Int64(ThreadPool.shared.threads)),
      ], to: out)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_names(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ family: UnsafePointer<CChar>!
) -> Int32 {
  guarded {
    let name = String(cString: try required(family, "family"))
    let names =
      name == "families"
      ? allFamilies.map(\.name) : try findFamily(name).members.map(\.name)
    try write(.array(names.map { .string($0) }), to: out)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_describe(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ family: UnsafePointer<CChar>!,
  _ name: UnsafePointer<CChar>!
) -> Int32 {
  guarded {
    let family = try findFamily(String(cString: try required(family, "family")))
    let member = try family.member(String(cString: try required(name, "name")))
    let isDensity = family.name == "densities"
    try write(isDensity ? NamedDensity(member.name).description : member.description, to: out)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_text_free(_ text: UnsafeMutablePointer<CChar>!) { text?.deallocate() }

private let allFamilies = families + [functionFamily]

private func findFamily(_ name: String) throws -> Family {
  if let family = allFamilies.first(where: { $0.name == name }) { return family }
  let names = allFamilies.map(\.name)
  throw ConfigError.unknownChoice(
    path: "family", value: name, suggestion: nearestName(to: name, in: names), choices: names)
}

/// Gives a document to C.
func write(
  _ value: JSONValue, to out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) throws {
  try required(out, "out").pointee = cString(value.compact)
}
