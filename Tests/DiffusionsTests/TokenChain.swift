import Diffusions
import Kernels

/// A small distribution on rows of tokens, and everything about its diffusion by enumeration.
struct TokenChain {
  let reversal: TokenReversal
  let places: Int
  /// p(x_1) of every row of tokens, in the order of their numbers to the base of the tokens.
  let data: [Double]

  init(_ noise: TokenNoise, _ prediction: TokenPrediction, places: Int, leastSurvival: Double) {
    let diffusion = TokenDiffusion(noise, tokens: 3, leastSurvival: leastSurvival)
    reversal = TokenReversal(diffusion, prediction)
    self.places = places
    let weights = (0..<Self.power(3, places)).map { (index: Int) -> Double in
      let (a, b) = (index * 7 % 5, index % 4)
      return Double(1 + a * b)
    }
    let sum = weights.reduce(0, +)
    data = weights.map { $0 / sum }
  }

  var diffusion: TokenDiffusion { reversal.diffusion }
  /// Rows of states.
  var count: Int { Self.power(diffusion.states, places) }

  static func power(_ base: Int, _ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  /// The digits of a number.
  func row(_ number: Int, base: Int) -> [Int] {
    (0..<places).map { number / Self.power(base, $0) % base }
  }

  func number(_ row: [Int], base: Int) -> Int {
    row.indices.reduce(0) { $0 + row[$1] * Self.power(base, $1) }
  }

  /// p(x_1, x_t = x) of all data.
  func joint(_ x: [Int], survival: Double) -> [Double] {
    data.indices.map { index in
      let tokens = row(index, base: diffusion.tokens)
      return zip(tokens, x).reduce(data[index]) {
        $0 * diffusion.noised($1.0, to: $1.1, survival: survival)
      }
    }
  }

  /// What a perfect network says of a place at a time.
  func outputs(_ x: [Int], place: Int, survival: Double) -> [Float] {
    let k = diffusion.tokens
    if reversal.prediction == .tokens || diffusion.hasMask {
      var share = [Double](repeating: 1e-30, count: k)
      for (index, p) in joint(x, survival: survival).enumerated() {
        share[row(index, base: k)[place]] += p
      }
      let sum = share.reduce(0, +)
      return share.map { Float(scalarLog($0 / sum)) }
    }
    let own = joint(x, survival: survival).reduce(0, +)
    return (0..<k).map { z in
      var other = x
      other[place] = z
      return Float(scalarLog(joint(other, survival: survival).reduce(0, +) / own))
    }
  }

  /// The distribution of x_T when rows begin as noise and take steps with a perfect network.
  func end(steps: Int) -> [Double] {
    let states = diffusion.states
    var p = [Double](repeating: 0, count: count)
    for index in 0..<count {
      let isNoise = row(index, base: states).allSatisfy { !diffusion.hasMask || $0 == states - 1 }
      p[index] = isNoise ? scalarExp(Double(places) * diffusion.logStart) : 0
    }
    for step in 0..<steps { p = moved(p, diffusion.step(step, of: steps)) }
    return p
  }

  private func moved(_ p: [Double], _ step: TokenStep) -> [Double] {
    var next = [Double](repeating: 0, count: count)
    for index in 0..<count where p[index] > 0 {
      let x = row(index, base: diffusion.states)
      let chances = (0..<places).map { place in
        probabilities(x[place], step, outputs(x, place: place, survival: step.survival))
      }
      let open = (0..<places).filter { x[$0] == diffusion.mask }
      for other in 0..<count {
        let z = row(other, base: diffusion.states)
        guard diffusion.noise == .ordered else {
          next[other] += (0..<places).reduce(p[index]) { $0 * chances[$1][z[$1]] }
          continue
        }
        let changed = (0..<places).filter { x[$0] != z[$0] }
        guard changed.count == 1, open.contains(changed[0]) else { continue }
        next[other] += p[index] * chances[changed[0]][z[changed[0]]] / Double(open.count)
      }
    }
    return next
  }

  func probabilities(_ x: Int, _ step: TokenStep, _ outputs: [Float]) -> [Double] {
    var p = [Double](repeating: .nan, count: diffusion.states)
    reversal.probabilities(after: x, step, outputs: outputs, into: &p)
    return p
  }

  /// Half the sum of differences of the end from the data.
  func distance(steps: Int) -> Double {
    let end = end(steps: steps)
    var sum = 0.0
    for index in end.indices {
      let z = row(index, base: diffusion.states)
      let isData = z.allSatisfy { $0 < diffusion.tokens }
      sum += (end[index] - (isData ? data[number(z, base: diffusion.tokens)] : 0)).magnitude
    }
    return 0.5 * sum
  }
}
