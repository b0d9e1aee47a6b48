import Storage

extension RunConfig {
  /// The configuration with what the prior's run decides: its method and the settings of its model.
  ///
  /// Settings that are not those by default stay as they are, so that a chain may have other steps than the
  /// prior's; the network is the prior's.
  /// - Throws: `StorageError` for a prior that cannot be read, `ConfigError`.
  func adoptingPrior() throws -> RunConfig {
    guard prior.isSet else { return self }
    let file = try RunFile.opening(prior.run)
    guard file.config.method == .denoising else { return self }
    var adopted = self
    adopted.method = .denoising
    adopted.denoising = try denoising.filled(from: file.config.denoising)
    adopted.denoising.network = file.config.denoising.network
    return adopted
  }
}

extension RunFile {
  /// The file of a run, or of its folder.
  /// - Throws: `StorageError`.
  static func opening(_ path: String) throws -> RunFile {
    try RunFile(
      readingFrom: directoryExists(path) ? RunFolder(path: path).checkpoint : path)
  }
}

extension DenoisingConfig {
  /// These settings, those of another in place of defaults.
  func filled(from other: DenoisingConfig) throws -> DenoisingConfig {
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
