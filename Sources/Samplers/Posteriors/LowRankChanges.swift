import KernelTables
import Kernels
import Networks
import Storage
import Tensors

/// Changes of low rank to the matrices of the prior's network, which alone learn in their place.
///
///     W = W₀ + (α / r) A B,     ∂L/∂A = (α / r) ∂L/∂W Bᵀ,     ∂L/∂B = (α / r) Aᵀ ∂L/∂W
///
/// A is [inputs, r] and begins uniform on ±1/√inputs, B is [r, outputs] and begins at zero. Passes over paths
/// see the whole W, made once a training step, so a path costs what it costs without. A matrix with fewer than r
/// rows or columns has a rank to match.
/// Reference: Hu et al. (2022), *LoRA*, eq. 3, arXiv:2106.09685
final class LowRankChanges {
  private struct Change {
    /// Where W₀ is among the prior's parameters.
    let base: Int
    let weight: Parameter
    let down: Parameter
    let up: Parameter

    var inputs: Int { weight.shape[0] }
    var outputs: Int { weight.shape[1] }
    var rank: Int { up.shape[0] }
  }

  private let changes: [Change]
  private let alpha: Double
  private let frozen: [Range<Int>]
  private let prior: ParameterSet
  /// B times α / r.
  private let scaled: UnsafeMutablePointer<Float>

  /// Declares a change for each matrix that a set has so far.
  /// - Parameter prior: The set of W₀, by the same names.
  init(rank: Int, alpha: Double, prior: ParameterSet, in set: ParameterSet) {
    (self.alpha, self.prior) = (alpha, prior)
    let network = set.entries.filter { $0.group == .statistics }
    frozen = network.map {
      $0.parameter.offset..<$0.parameter.offset + $0.parameter.shape.count
    }
    changes = network.compactMap { entry in
      guard entry.parameter.shape.rank == 2,
        let base = prior.entries.first(where: { $0.name == entry.name })
      else { return nil }
      let (inputs, outputs) = (entry.parameter.shape[0], entry.parameter.shape[1])
      let rank = min(rank, inputs, outputs)
      let name = String(entry.name.dropLast(".weight".count))
      return Change(
        base: base.parameter.offset, weight: entry.parameter,
        down: set.add(name + ".down", Shape(inputs, rank), .kaimingUniform(inputs: inputs)),
        up: set.add(name + ".up", Shape(rank, outputs), .zeros))
    }
    scaled = .allocate(capacity: changes.reduce(1) { max($0, $1.up.shape.count) })
  }

  deinit { scaled.deallocate() }

  /// Sends the gradient by all W on to A and B, and leaves none by what is frozen.
  func pullBack(_ gradient: UnsafeMutablePointer<Float>, _ set: ParameterSet) {
    let kernels = InstructionSet.active.kernels
    for change in changes {
      let (weight, down, up) = (
        gradient + change.weight.offset, gradient + change.down.offset, gradient + change.up.offset
      )
      kernels.product(
        MatrixProduct(
          a: weight, b: set.transposes + change.up.offset, c: down, rows: change.inputs,
          columns: change.rank, depth: change.outputs))
      kernels.product(
        MatrixProduct(
          a: set.values + change.down.offset, b: weight, c: up, rows: change.rank,
          columns: change.outputs, depth: change.inputs
        ).transposingA())
      for (values, parameter) in [(down, change.down), (up, change.up)] {
        kernels.affine(
          values, scale: alpha / Double(change.rank), shift: 0, to: values,
          count: parameter.shape.count, accumulating: false)
      }
    }
    for range in frozen { (gradient + range.lowerBound).update(repeating: 0, count: range.count) }
  }

  /// Makes all W anew.
  func refresh(_ set: ParameterSet) {
    let kernels = InstructionSet.active.kernels
    for change in changes {
      let weight = set.values + change.weight.offset
      weight.update(from: prior.values + change.base, count: change.weight.shape.count)
      kernels.affine(
        set.values + change.up.offset, scale: alpha / Double(change.rank), shift: 0, to: scaled,
        count: change.up.shape.count, accumulating: false)
      kernels.product(
        MatrixProduct(
          a: set.values + change.down.offset, b: scaled, c: weight, rows: change.inputs,
          columns: change.outputs, depth: change.rank
        ).accumulating())
    }
    set.refreshTransposes()
  }
}
