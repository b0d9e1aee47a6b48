import CVectors
import KernelTables

// log Σ_k exp(s_k - |x - m_k|² / 2σ²) and its gradient Σ_k w_k (m_k - x) / σ².
//
// Lanes are sixteen points at once, so the sums over components and columns run in order and no
// lane depends on another. One pass finds the largest term, a second the sum relative to it: no
// overflow far from all means, and the largest term is exact. Components whose weight is zero in
// all lanes are left out of what follows, which changes no bit of it.

extension VectorKernels {
  package static func mixture(
    _ mixture: MixtureParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?
  ) {
    let d = mixture.dimension
    withScratch((d + mixture.components) * 16 + mixture.components) { scratch in
      forEachRun(rows) { r, run in
        mixtureRun(
          mixture, x: x.floats + r * d, rows: run.count, logDensity: out.floats + r,
          score: score.map { $0.floats + r * d }, scratch: scratch)
      }
    }
  }
}

/// Up to sixteen points; scratch holds the columns of x, the terms, and a list of components.
@inline(__always)
private func mixtureRun(
  _ mixture: MixtureParameters, x: UnsafePointer<Float>, rows: Int,
  logDensity out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?,
  scratch: UnsafeMutablePointer<Float>
) {
  let d = mixture.dimension
  let (columns, terms) = (scratch, scratch + 16 * d)
  for j in 0..<d {
    for r in 0..<16 { columns[16 * j + r] = r < rows ? x[r * d + j] : 0 }
  }
  let largest = mixtureTerms(mixture, columns: columns, terms: terms)
  let list = UnsafeMutableRawPointer(terms + 16 * mixture.components)
    .bindMemory(to: Int32.self, capacity: mixture.components)
  let heavy = listHeavy(mixture.components, terms: terms, largest: largest, into: list)
  var total = Lanes()
  for i in 0..<heavy {
    let weight = exponential(Lanes.load(terms + 16 * Int(list[i])) - largest)
    total += weight
    weight.store(terms + 16 * i)
  }
  storeLanes(logarithm(total) + largest, to: out, remaining: rows)
  guard let score else { return }
  let factor = Lanes(repeating: Float(mixture.precision)) / total
  for j in 0..<d {
    let column = Lanes.load(columns + 16 * j)
    var sum = Lanes()
    for i in 0..<heavy {
      let mean = mixture.means.floats[Int(list[i]) * d + j]
      sum = vector_fma(Lanes.load(terms + 16 * i), Lanes(repeating: mean) - column, sum)
    }
    sum *= factor
    for r in 0..<rows { score[r * d + j] = sum[r] }
  }
}

/// Lists the components with a weight above zero, or one that is no number, in any lane.
@inline(__always)
private func listHeavy(
  _ components: Int, terms: UnsafePointer<Float>, largest: Lanes,
  into list: UnsafeMutablePointer<Int32>
) -> Int {
  var count = 0
  for k in 0..<components {
    list[count] = Int32(k)
    let isLight = Lanes.load(terms + 16 * k) - largest .< -104
    count += vector_any(unsafeBitCast(.!isLight, to: IntegerLanes.self)) ? 1 : 0
  }
  return count
}

/// Writes s_k - |x - m_k|² / 2σ² of every component and returns the largest.
@inline(__always)
private func mixtureTerms(
  _ mixture: MixtureParameters, columns: UnsafePointer<Float>, terms: UnsafeMutablePointer<Float>
) -> Lanes {
  let d = mixture.dimension
  let scale = Lanes(repeating: Float(-0.5 * mixture.precision))
  var largest = Lanes(repeating: -Float.infinity)
  for k in 0..<mixture.components {
    let mean = mixture.means.floats + k * d
    var square = Lanes()
    for j in 0..<d {
      let difference = Lanes.load(columns + 16 * j) - Lanes(repeating: mean[j])
      square = vector_fma(difference, difference, square)
    }
    let term = vector_fma(square, scale, Lanes(repeating: mixture.logScales.floats[k]))
    term.store(terms + 16 * k)
    largest = largest.replacing(with: term, where: term .> largest)
  }
  return largest
}
