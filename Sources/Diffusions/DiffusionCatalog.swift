import Catalogs
import Storage

/// The processes that paths follow.
public let processes = Catalog<any Diffusion>(
  "process",
  [
    .init(
      "pinned-brownian", "Brownian motion from 0 with learned drift and variance, and its bridge.",
      references: [
        Reference(
          "Sendera, Kim, Mittal, et al.", 2024,
          "Improved off-policy training of diffusion samplers", "arXiv:2402.05098, section 2.2")
      ], VarianceConfig(), { try PinnedBrownian($0) }),
    .init(
      "variance-preserving",
      "An Ornstein-Uhlenbeck process at rest, in exact steps: denoising diffusion samplers.",
      references: [
        Reference(
          "Vargas, Grathwohl, Doucet", 2023, "Denoising diffusion samplers", "arXiv:2302.13834")
      ], VariancePreservingConfig(), { try VariancePreserving($0) }),
    .init(
      "time-reversal",
      "The reversal of an Ornstein-Uhlenbeck process, in Euler steps.",
      references: [
        Reference(
          "Berner, Richter, Ullrich", 2024,
          "An optimal control perspective on diffusion-based generative modeling",
          "arXiv:2211.01364")
      ], VariancePreservingConfig(), { try TimeReversal($0) }),
  ])

extension ProcessConfig {
  /// The diffusion of the name and its numbers.
  /// - Throws: `ConfigError`.
  public func makeDiffusion() throws -> any Diffusion {
    try processes.make(
      kind, at: "kind", from: try table(of: self), defaults: try table(of: ProcessConfig()))
  }

  private func table(of config: ProcessConfig) throws -> JSONObject {
    try ConfigEncoder().encode(config).object ?? JSONObject()
  }
}
