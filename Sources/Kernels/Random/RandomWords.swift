/// The random words of one place: an endless sequence that depends on nothing else.
///
/// Word blocks are Philox of (column, row, step, kind and index), so each distribution has words of
/// its own at every place, apart from those of the kernels, whose last word is 0. However many words an
/// element takes, its neighbours' are the same.
public struct RandomWords: Sendable {
  private let key: UInt64
  private var counter: (column: UInt32, row: UInt32, step: UInt32, index: UInt32)
  private var block: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  private var hasHalf = false

  /// The words for one element of one kind of number.
  init(_ place: RandomPlace, column: Int) {
    key = place.stream.key
    counter = (
      UInt32(truncatingIfNeeded: column), UInt32(truncatingIfNeeded: place.row), place.step,
      UInt32(place.kind.rawValue) << 24
    )
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    hasHalf.toggle()
    guard hasHalf else { return UInt64(block.2) | UInt64(block.3) << 32 }
    block = ReferenceKernels.philox(
      (counter.column, counter.row, counter.step, counter.index), key: key)
    counter.index &+= 1
    return UInt64(block.0) | UInt64(block.1) << 32
  }

  /// The next number in (0, 1): uniform on the odd multiples of 2⁻⁵³, never 0 or 1.
  public mutating func unit() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }
}

/// Which numbers: those of a stream, of one kind, for a step and a row.
public struct RandomPlace: Sendable {
  let stream: RandomStream
  let kind: RandomKind
  let step: UInt32
  let row: Int

  /// The words of one column.
  public func words(column: Int) -> RandomWords { RandomWords(self, column: column) }
}

/// The kinds of numbers that may be drawn at the same place of a stream and are yet independent.
///
/// Values are part of what a seed means: never reuse one. 0 is taken by the kernels, 255 by the folding
/// of streams.
public enum RandomKind: UInt8, Sendable, CaseIterable {
  /// Numbers of an interval.
  case uniform = 1
  /// Normals.
  case normal = 2
  /// Gamma variates.
  case gamma = 3
  /// Beta variates.
  case beta = 4
  /// Points of the simplex.
  case dirichlet = 5
  /// Categories by weight.
  case categorical = 6
  /// Categories by logit.
  case gumbelMax = 7
  /// Gumbel variates.
  case gumbel = 8
  /// Exponential variates.
  case exponential = 9
  /// Permutations.
  case permutation = 10
  /// Points of the unit sphere.
  case sphere = 11
  /// Whole numbers.
  case integer = 12
}
