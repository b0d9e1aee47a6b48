import Storage

extension Run {
  /// Configuration, progress, size and costs, for reports.
  public func description() throws -> JSONValue {
    [
      "density": density.description, "config": try ConfigEncoder().encode(config),
      "step": .integer(Int64(stepsDone)), "checksum": .string(checksum),
      "log_z": trainer.logZ.map { JSONValue($0) } ?? .null,
      "parameter_count": .integer(Int64(parameterCount)),
      "energy_calls": .integer(Int64(energyCalls)),
      "gradient_calls": .integer(Int64(gradientCalls)),
      "rejected": .integer(Int64(trainer.rejected)),
    ]
  }
}
