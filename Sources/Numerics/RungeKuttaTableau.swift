/// A Runge-Kutta method as numbers.
///
///     k_i = f(t + c_i h, y + h Σ_j a_ij k_j),    y' = y + h Σ b_i k_i,    error = h Σ e_i k_i
///
/// A method is data: adding one needs a row of numbers here and nothing in the stepping loop.
/// Reference: Hairer, Nørsett and Wanner (1993), *Solving Ordinary Differential Equations I*, chapter II
public struct RungeKuttaTableau: Sendable {
  /// What it is called.
  public let name: String
  /// The power of h in the error at the end of an interval.
  public let order: Int
  /// c, the times of the stages as parts of the step.
  public let nodes: [Double]
  /// a, a row for each stage with the weights of the stages before it.
  public let stages: [[Double]]
  /// b.
  public let weights: [Double]
  /// e, b less the weights of a second solution of one order less; nil without one.
  public let errorWeights: [Double]?
  /// For each stage the coefficients of θ, θ², … in b_i(θ), the weights up to t + θ h.
  public let interpolant: [[Double]]

  /// Whether the last slope of one step is the first of the next.
  public var isFirstSameAsLast: Bool {
    guard let last = stages.last, nodes.last == 1 else { return false }
    return last + [0] == weights
  }

  /// b_i(θ).
  func weights(at part: Double) -> [Double] {
    interpolant.map { powers in
      powers.reversed().reduce(0) { ($0 + $1) * part }
    }
  }
}

extension RungeKuttaTableau {
  /// All methods.
  public static let all = [euler, heun, rungeKutta4, bogackiShampine, dormandPrince]

  /// Order 1, one evaluation a step.
  ///
  /// Reference: Euler (1768), *Institutionum calculi integralis*
  public static let euler = RungeKuttaTableau(
    name: "euler", order: 1, nodes: [0], stages: [[]], weights: [1], errorWeights: nil,
    interpolant: [[1]])

  /// Order 2, two evaluations a step.
  ///
  /// Reference: Heun (1900), *Neue Methoden zur approximativen Integration der
  /// Differentialgleichungen einer unabhängigen Veränderlichen*
  public static let heun = RungeKuttaTableau(
    name: "heun", order: 2, nodes: [0, 1], stages: [[], [1]], weights: [0.5, 0.5],
    errorWeights: nil, interpolant: [[1, -0.5], [0, 0.5]])

  /// Order 4, four evaluations a step: the classical method.
  ///
  /// The interpolant has order 3.
  /// Reference: Kutta (1901), *Beitrag zur näherungsweisen Integration totaler
  /// Differentialgleichungen*
  public static let rungeKutta4 = RungeKuttaTableau(
    name: "runge-kutta-4", order: 4, nodes: [0, 0.5, 0.5, 1],
    stages: [[], [0.5], [0, 0.5], [0, 0, 1]], weights: [1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6],
    errorWeights: nil,
    interpolant: [
      [1, -1.5, 2.0 / 3], [0, 1, -2.0 / 3], [0, 1, -2.0 / 3], [0, -0.5, 2.0 / 3],
    ])

  /// Order 3 with an error estimate, three evaluations a step: for loose tolerances.
  ///
  /// Reference: Bogacki and Shampine (1989), *A 3(2) pair of Runge-Kutta formulas*
  public static let bogackiShampine = RungeKuttaTableau(
    name: "bogacki-shampine", order: 3, nodes: [0, 0.5, 0.75, 1],
    stages: [[], [0.5], [0, 0.75], [2.0 / 9, 1.0 / 3, 4.0 / 9]],
    weights: [2.0 / 9, 1.0 / 3, 4.0 / 9, 0],
    errorWeights: [-5.0 / 72, 1.0 / 12, 1.0 / 9, -1.0 / 8],
    interpolant: [
      [1, -4.0 / 3, 5.0 / 9], [0, 1, -2.0 / 3], [0, 4.0 / 3, -8.0 / 9], [0, -1, 1],
    ])

  /// Order 5 with an error estimate, six evaluations a step: the customary 4(5) pair.
  ///
  /// The interpolant has order 4.
  /// Reference: Dormand and Prince (1980), *A family of embedded Runge-Kutta formulae*; Shampine
  /// (1986), *Some practical Runge-Kutta formulas*
  public static let dormandPrince = RungeKuttaTableau(
    name: "dormand-prince", order: 5, nodes: [0, 0.2, 0.3, 0.8, 8.0 / 9, 1, 1],
    stages: [
      [],
      [1.0 / 5],
      [3.0 / 40, 9.0 / 40],
      [44.0 / 45, -56.0 / 15, 32.0 / 9],
      [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
      [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
      [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ],
    weights: [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0],
    errorWeights: [
      71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
    ],
    interpolant: [
      [
        1, -8_048_581_381.0 / 2_820_520_608, 8_663_915_743.0 / 2_820_520_608,
        -12_715_105_075.0 / 11_282_082_432,
      ],
      [0, 0, 0, 0],
      [
        0, 131_558_114_200.0 / 32_700_410_799, -68_118_460_800.0 / 10_900_136_933,
        87_487_479_700.0 / 32_700_410_799,
      ],
      [
        0, -1_754_552_775.0 / 470_086_768, 14_199_869_525.0 / 1_410_260_304,
        -10_690_763_975.0 / 1_880_347_072,
      ],
      [
        0, 127_303_824_393.0 / 49_829_197_408, -318_862_633_887.0 / 49_829_197_408,
        701_980_252_875.0 / 199_316_789_632,
      ],
      [
        0, -282_668_133.0 / 205_662_961, 2_019_193_451.0 / 616_988_883,
        -1_453_857_185.0 / 822_651_844,
      ],
      [
        0, 40_617_522.0 / 29_380_423, -110_615_467.0 / 29_380_423, 69_997_945.0 / 29_380_423,
      ],
    ])
}
