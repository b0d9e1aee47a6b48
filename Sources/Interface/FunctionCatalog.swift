import CErrorText
import CTightrope
import Catalogs
import Objectives
import Storage

/// A function on arrays that is called by its name.
struct NamedFunction: Sendable {
  let name: String
  let summary: String
  /// Names of inputs and outputs with their shapes, for messages.
  let inputs: [String]
  let outputs: [String]
  var references: [Reference] = []
  /// Its settings.
  var defaults = JSONValue.object(JSONObject())
  let body: Body

  /// Reads the inputs and the whole configuration, and writes the outputs.
  typealias Body =
    @Sendable (_ inputs: [InputArray], _ outputs: [OutputArray], _ config: JSONValue) throws -> Void
}

/// The functions: one row each, and one for every objective.
let functions: [NamedFunction] =
  objectives.entries.map(objectiveFunction) + [relativeTrajectoryBalanceFunction] + weightFunctions
  + transportFunctions
  + particleFunctions + chainFunctions

/// The functions as a family.
let functionFamily = Family(
  "functions", kind: "function",
  functions.map { function in
    .init(
      function.name,
      "\(function.summary) (\(function.inputs.joined(separator: ", "))) -> "
        + "(\(function.outputs.joined(separator: ", ")))",
      defaults: function.defaults, references: function.references)
  })

/// See `tightrope.h`.
@c @implementation
public func tightrope_call(
  _ name: UnsafePointer<CChar>!, _ config: UnsafePointer<CChar>!,
  _ inputs: UnsafePointer<tightrope_array>!, _ input_count: Int,
  _ outputs: UnsafeMutablePointer<tightrope_array>!, _ output_count: Int
) -> Int32 {
  remark_text_set("")
  return guarded {
    let name = String(cString: try required(name, "name"))
    _ = try functionFamily.member(name)
    guard let function = functions.first(where: { $0.name == name }) else { return }
    let config = try overlay(function.defaults, with: configuration(config))
    guard input_count == function.inputs.count, output_count == function.outputs.count else {
      throw ArgumentError(
        "\(name) takes \(function.inputs.count) arrays and gives \(function.outputs.count), "
          + "not \(input_count) and \(output_count)")
    }
    let given = try (0..<input_count).map {
      try InputArray(required(inputs, "inputs")[$0], function.inputs[$0])
    }
    let wanted = try (0..<output_count).map {
      try OutputArray(required(outputs, "outputs")[$0], function.outputs[$0])
    }
    try function.body(given, wanted, config)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_last_remark() -> UnsafePointer<CChar>! { remark_text_get() }
