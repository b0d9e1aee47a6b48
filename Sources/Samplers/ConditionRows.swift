import Tensors

/// Rows of a batch in groups of adjacent ones; the last may be smaller.
struct ConditionGroups {
  /// Rows.
  let count: Int
  /// Rows of a group.
  let size: Int

  /// Number of groups.
  var groups: Int { (count + size - 1) / size }

  /// The rows of a group.
  subscript(group: Int) -> Range<Int> { group * size..<min(count, (group + 1) * size) }
}

/// One encoding of the conditions of a batch: a row for each path, and its gradient.
final class ConditionRows {
  private let groups: ConditionGroups
  private let width: Int
  private let values: UnsafeMutablePointer<Float>
  private let gradients: UnsafeMutablePointer<Float>
  private let seeds: UnsafeMutablePointer<Float>
  private var encoded: Tensor?

  init(_ groups: ConditionGroups, width: Int) {
    (self.groups, self.width) = (groups, width)
    values = .allocate(capacity: max(1, groups.count * width))
    gradients = .allocate(capacity: max(1, groups.count * width))
    seeds = .allocate(capacity: max(1, groups.groups * width))
  }

  deinit {
    values.deallocate()
    gradients.deallocate()
    seeds.deallocate()
  }

  /// Copies what each condition is encoded as, [groups, width], to its rows, and clears the gradients.
  func spread(_ encoded: Tensor) {
    self.encoded = encoded
    let rows = encoded.data.assumingMemoryBound(to: Float.self)
    for group in 0..<groups.groups {
      for row in groups[group] {
        (values + row * width).update(from: rows + group * width, count: width)
      }
    }
    gradients.update(repeating: 0, count: groups.count * width)
  }

  /// The rows from one on, and where their gradient goes.
  func offsets(from row: Int) -> ConditionOffsets {
    ConditionOffsets(
      values: UnsafeRawPointer(values + row * width),
      gradient: UnsafeMutableRawPointer(gradients + row * width))
  }

  /// Seeds a tape with the gradients by what was encoded, each group's rows added up.
  func addSeeds(to tape: Tape) {
    guard let encoded else { return }
    for group in 0..<groups.groups {
      for column in 0..<width {
        seeds[group * width + column] = groups[group].reduce(0) {
          $0 + gradients[$1 * width + column]
        }
      }
    }
    tape.addSeed(UnsafeRawPointer(seeds), to: encoded)
  }
}

/// What conditions add to the first layer of a network.
struct ConditionOffsets {
  /// u(c) of each row, [rows, width].
  let values: UnsafeRawPointer
  /// Its gradient.
  let gradient: UnsafeMutableRawPointer
}

/// What the conditions of a block's rows add to its paths.
struct ConditionInputs {
  /// The conditions, [rows].
  let indices: UnsafePointer<Int32>
  /// To the drift.
  let drift: ConditionOffsets
  /// To the state flow, where there is one.
  let flow: ConditionOffsets?
  /// To the drift of a prior, where there is one with conditions, [rows, width].
  var prior: UnsafeRawPointer?
}
