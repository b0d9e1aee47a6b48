import Storage

extension RunConfig {
  /// The same with the method of a denoising prior and the settings of its model.
  ///
  /// Settings that are not those by default stay as they are, so that a chain may have other steps than the
  /// prior's; the network is the prior's, except where it is a correction to that.
  func adopting(_ saved: DenoisingConfig) throws(ConfigError) -> RunConfig {
    var adopted = self
    adopted.method = .denoising
    do {
      adopted.denoising = try denoising.filled(from: saved)
    } catch {
      throw error as? ConfigError ?? .invalid(path: "denoising", reason: "\(error)")
    }
    adopted.denoising.network =
      prior.initialize == .correction ? denoising.network : saved.network
    return adopted
  }
}

extension DenoisingConfig {
  /// These settings, those of another in place of defaults.
  fileprivate func filled(from other: DenoisingConfig) throws -> DenoisingConfig {
    let encoder = ConfigEncoder()
    let defaults = try encoder.encode(DenoisingConfig())
    guard var table = try encoder.encode(self).object else { return self }
    let theirs = try encoder.encode(other)
    for entry in table.entries where entry.value == defaults[entry.key] {
      table[entry.key] = theirs[entry.key]
    }
    return try ConfigDecoder().decode(DenoisingConfig.self, from: .object(table))
  }
}
