import Kernels
import Tensors
import TestSupport
import Testing

@Suite("Attention on a tape")
struct AttentionTests {
  private func tensor(_ tape: Tape, _ shape: Shape, seed: UInt64) -> Tensor {
    tape.copy(spread(shape.count, seed: seed).map { Double($0) }, shape)
  }

  /// softmax(s q kᵀ) v by three loops; `sees` says which key counts.
  private func slow(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, count: Int, scale: Double,
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool
  ) -> [Double] {
    let (batch, nq, nk) = (q.shape[0], q.shape[1], k.shape[1])
    let (d, dv) = (q.shape[2] / count, v.shape[2] / count)
    var result: [Double] = []
    for b in 0..<batch {
      for i in 0..<nq {
        for column in 0..<count * dv {
          let h = column / dv
          var (total, sum) = (0.0, 0.0)
          for j in 0..<nk where sees(b, i, j) {
            let score = (0..<d).reduce(0.0) {
              $0 + q[(b * nq + i) * q.shape[2] + h * d + $1]
                * k[(b * nk + j) * k.shape[2] + h * d + $1]
            }
            let weight = scalarExp(scale * score)
            total += weight
            sum += weight * v[(b * nk + j) * v.shape[2] + column]
          }
          result.append(total == 0 ? 0 : sum / total)
        }
      }
    }
    return result
  }

  @Test("is its definition, for every kind of mask", arguments: [ScalarType.float32, .float64])
  func definition(_ type: ScalarType) {
    let (batch, nq, nk, count, d, dv) = (2, 4, 6, 3, 5, 2)
    let tape = Tape(type)
    let q = tensor(tape, Shape(batch, nq, count * d), seed: 1)
    let k = tensor(tape, Shape(batch, nk, count * d), seed: 2)
    let v = tensor(tape, Shape(batch, nk, count * dv), seed: 3)
    let shared = tape.copy((0..<nq * nk).map { $0 % 3 == 0 ? 0 : 1 }, Shape(nq, nk))
    let own = tape.copy((0..<batch * nk).map { $0 % 4 == 0 ? 0 : 1 }, Shape(batch, 1, nk))
    let cases: [(ScoreMask, (Int, Int, Int) -> Bool)] = [
      (.none, { _, _, _ in true }),
      (.causal, { _, i, j in j <= i + nk - nq }),
      (.skippingOwnPlace, { _, i, j in j != i + nk - nq }),
      (.kept(shared), { _, i, j in (i * nk + j) % 3 != 0 }),
      (.kept(own), { b, _, j in (b * nk + j) % 4 != 0 }),
      (ScoreMask(isCausal: true, kept: own), { b, i, j in j <= i + 2 && (b * nk + j) % 4 != 0 }),
    ]
    for (mask, sees) in cases {
      for scale in [nil, 1.0] {
        let y = tape.attention(
          Heads(q, width: d), Heads(k, width: d), Heads(v, width: dv), count: count, mask: mask,
          scale: scale)
        expect(
          y.values,
          equals: slow(
            q, k, v, count: count, scale: scale ?? 1 / Double(d).squareRoot(), sees: sees),
          within: .scaled(type == .float32 ? 2e-6 : 1e-12))
      }
    }
  }

  @Test("gives zeros to a query that sees nothing, and sends no gradient from there")
  func empty() {
    let tape = Tape(.float32)
    let x = tape.variable(tensor(tape, Shape(1, 3, 6), seed: 1))
    let mask = ScoreMask.kept(tape.copy([1, 1, 1, 0, 0, 0, 1, 0, 1], Shape(3, 3)))
    let y = tape.attention(
      Heads(x, width: 2), Heads(x, firstColumn: 2, width: 2), Heads(x, firstColumn: 4, width: 2),
      count: 1, mask: mask)
    #expect(y.values[2..<4].allSatisfy { $0 == 0 })
    var seed = [Double](repeating: 0, count: 6)
    (seed[2], seed[3]) = (1, -2)
    tape.backward(from: y, seed: tape.copy(seed, y.shape).data)
    #expect(tape.gradientValues(of: x).allSatisfy { $0 == 0 })
  }

  @Test("lets nothing come from behind a causal mask, to the last bit", arguments: [0, 3, 16])
  func causality(_ place: Int) {
    let (n, width) = (18, 12)
    let tape = Tape(.float32)
    let x = tape.variable(tensor(tape, Shape(1, n, 3 * width), seed: 1))
    let y = tape.attention(
      Heads(x, width: 4), Heads(x, firstColumn: width, width: 4),
      Heads(x, firstColumn: 2 * width, width: 4), count: 3, mask: .causal)
    let seed = (0..<y.count).map { $0 / width == place ? 1.0 : 0 }
    tape.backward(from: y, seed: tape.copy(seed, y.shape).data)
    let gradient = tape.gradientValues(of: x)
    #expect(gradient[((place + 1) * 3 * width)...].allSatisfy { $0 == 0 })
    #expect(gradient[..<((place + 1) * 3 * width)].contains { $0 != 0 })
  }

  /// S searches, R retrievals, and a weight β of each retrieval for each search.
  ///
  /// With β one-hot it is attention with S heads.
  /// Reference: Mittal et al. (2022), *Compositional attention*, arXiv:2110.09419
  @Test("with several heads is compositional attention whose retrievals are fixed")
  func compositional() {
    let (batch, n, s, d) = (2, 5, 3, 4)
    let tape = Tape(.float64)
    let (q, k, v) = (
      tensor(tape, Shape(batch, n, s * d), seed: 1), tensor(tape, Shape(batch, n, s * d), seed: 2),
      tensor(tape, Shape(batch, n, s * d), seed: 3)
    )
    func heads(_ x: Tensor) -> Tensor { tape.separate(Heads(x, width: d), s) }
    let scores = tape.product(heads(q), heads(k), transposingB: true)
    let searches = tape.softmax(scores, scale: 1 / Double(d).squareRoot(), mask: .causal)
    // All pairs of searches and retrievals: [batch, S, R, N, d].
    let pairs = tape.product(
      tape.broadcast(
        tape.reshape(searches, Shape(batch, s, 1, n, n)), to: Shape(batch, s, s, n, n)),
      tape.broadcast(tape.reshape(heads(v), Shape(batch, 1, s, n, d)), to: Shape(batch, s, s, n, d))
    )
    let oneHot = tape.copy((0..<s * s).map { $0 / s == $0 % s ? 1 : 0 }, Shape(s, s, 1, 1))
    let chosen = tape.sum(tape.multiply(pairs, oneHot), over: [2])
    let usual = tape.attention(
      Heads(q, width: d), Heads(k, width: d), Heads(v, width: d), count: s, mask: .causal)
    expect(tape.merged(chosen).values, equals: usual.values, within: .scaled(1e-13))
  }

  @Test("sees distances only where queries and keys are turned")
  func rotary() {
    let (n, half) = (9, 4)
    let tape = Tape(.float64)
    let row = spread(2 * half, seed: 1).map { Double($0) }
    let x = tape.copy((0..<n).flatMap { _ in row }, Shape(1, n, 2 * half))
    let angles = tape.copy(
      (0..<n * half).map { Double($0 / half) * 0.3 / Double($0 % half + 1) }, Shape(n, half))
    let turned = tape.rotated(
      x, cosines: tape.apply(.cosine, angles), sines: tape.apply(.sine, angles))
    let products = tape.product(turned, turned, transposingB: true).values
    for i in 1..<n {
      for j in 1..<n {
        expect(
          products[i * n + j], equals: products[(i - 1) * n + j - 1], within: .absolute(1e-13))
      }
    }
    #expect((products[1] - products[0]).magnitude > 1e-3)
  }
}

@Suite("Dropout on a tape")
struct DropoutTests {
  private func dropped(_ rows: Range<Int>, layer: UInt32 = 1, seed: UInt64 = 3) -> [Double] {
    let tape = Tape(.float32)
    let ones = tape.constant(1, Shape(rows.count, 37))
    return tape.dropout(
      ones, probability: 0.25, random: RandomStream(seed: seed), layer: layer,
      firstRow: rows.lowerBound
    ).values
  }

  @Test("silences the same elements however rows are cut")
  func blocks() {
    let whole = dropped(0..<60)
    #expect(whole == [0..<1, 1..<17, 17..<60].flatMap { dropped($0) })
    #expect(whole != dropped(0..<60, layer: 2) && whole != dropped(0..<60, seed: 4))
  }

  /// 37 · 2000 elements: the share of silent ones has a standard deviation of 0.0016; five of them.
  @Test("silences a quarter and keeps the mean")
  func share() {
    let x = dropped(0..<2000)
    let silent = Double(x.count { $0 == 0 }) / Double(x.count)
    expect(silent, equals: 0.25, within: .absolute(0.008))
    #expect(x.allSatisfy { $0 == 0 || ($0 - 4.0 / 3).magnitude < 1e-6 })
  }
}
