import Catalogs

private let residual = Reference(
  "He, Zhang, Ren, Sun", 2016, "Deep residual learning for image recognition", "arXiv:1512.03385")

/// The schedules of learning rates; a warm-up may precede each.
public let schedules = Catalog<any Schedule>(
  "schedule",
  [
    .init(
      "constant", "The full rates throughout.", references: [], NoConfig(),
      { _ in ConstantRate() }),
    .init(
      "linear", "The full rates, and a straight fall over the last part of all steps.",
      references: [], FallConfig(), { try FinalFall($0, .linear) }),
    .init(
      "cosine", "The full rates, and half a cosine down over the last part of all steps.",
      references: [
        Reference(
          "Loshchilov, Hutter", 2017, "SGDR: stochastic gradient descent with warm restarts",
          "arXiv:1608.03983")
      ], FallConfig(), { try FinalFall($0, .cosine) }),
    .init(
      "inverse-square-root", "The inverse square root of the steps done, beside a timescale.",
      references: [
        Reference(
          "Vaswani, Shazeer, Parmar, et al.", 2017, "Attention is all you need", "arXiv:1706.03762")
      ], InverseSquareRootConfig(), { try InverseSquareRoot($0) }),
    .init(
      "step", "A drop by a factor every so many steps.", references: [residual],
      StepScheduleConfig(), { try StepSchedule($0) }),
    .init(
      "plateau", "A drop by a factor when the mean loss has stopped falling.",
      references: [residual], PlateauConfig(), { try Plateau($0) }),
  ])
