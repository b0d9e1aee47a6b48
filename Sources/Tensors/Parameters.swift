import Kernels

/// Where one parameter lives in the flat buffer of its set.
public struct Parameter: Sendable, Equatable, BitwiseCopyable {
  /// Index of the first element.
  public let offset: Int
  /// Sizes along the axes; a matrix is [inputs, outputs].
  public let shape: Shape
}

/// What a set knows of one parameter.
public struct ParameterEntry: Sendable {
  /// Dotted name, unique in its set.
  public let name: String
  /// Place and shape.
  public let parameter: Parameter
  /// The optimiser group whose learning rate applies.
  public let group: ParameterGroup
}

/// Parts of a model that may learn at different rates.
public enum ParameterGroup: String, Sendable, CaseIterable {
  /// Networks.
  case network
  /// The learned log Z of trajectory balance.
  case logZ
  /// State flows.
  case flow
  /// Running averages of what layers saw: no rule of an optimiser moves them (see `BatchNormalization`).
  case statistics
}

/// All parameters of a model in one flat buffer of 32-bit floats.
///
/// Beside the values stand the transposes of all matrices (of the last two axes) at the same offsets: reverse mode
/// multiplies by them, and making them once an iteration is cheaper than once a block.
public final class ParameterSet: @unchecked Sendable {
  /// The parameters in the order of their offsets.
  public private(set) var entries: [ParameterEntry] = []
  /// Number of elements.
  public private(set) var count = 0
  /// The first elements that are held fixed: to operations they are constants, so their gradient is zero.
  public private(set) var frozenCount = 0
  /// What the names of the parameters declared next begin with.
  package var prefix = ""
  private var initializers: [Initializer] = []
  private var randomLayers: UInt32 = 0
  private var storage: UnsafeMutablePointer<Float>?
  private var transposed: TransposedMatrices?

  /// An empty set.
  public init() {}

  deinit { storage?.deallocate() }

  /// Declares a parameter; all are declared before `initialize(seed:)`.
  public func add(
    _ name: String, _ shape: Shape, _ initializer: Initializer, group: ParameterGroup = .network
  ) -> Parameter {
    precondition(storage == nil, "parameters are declared before they are initialised")
    let name = prefix + name
    precondition(!entries.contains { $0.name == name }, "two parameters are named \(name)")
    let parameter = Parameter(offset: count, shape: shape)
    entries.append(ParameterEntry(name: name, parameter: parameter, group: group))
    initializers.append(initializer)
    count += shape.count
    return parameter
  }

  /// Holds fixed all parameters declared so far.
  package func freeze() { frozenCount = count }

  /// A number for a layer that draws while it learns, different from all others' of this set.
  package func numberRandomLayer() -> UInt32 {
    randomLayers += 1
    return randomLayers
  }

  /// Allocates the buffers and draws the initial values.
  public func initialize(seed: UInt64) {
    storage = .allocate(capacity: max(1, count))
    transposed = TransposedMatrices(of: entries.map(\.parameter), count: count)
    let stream = RandomStream(seed: seed).folding(.initialization)
    for (index, entry) in entries.enumerated() {
      initializers[index].draw(
        stream.folding(UInt64(index)), to: values + entry.parameter.offset,
        count: entry.parameter.shape.count)
    }
    refreshTransposes()
  }

  /// The values, `count` floats.
  public var values: UnsafeMutablePointer<Float> {
    guard let storage else { preconditionFailure("parameters are used before initialisation") }
    return storage
  }

  /// The transposes of matrices, at the offsets of their values.
  package var transposes: UnsafeMutablePointer<Float> {
    guard let transposed else { preconditionFailure("parameters are used before initialisation") }
    return transposed.values
  }

  /// Makes the transposes anew after the values changed.
  ///
  /// A parameter of more than two axes is a list of matrices, of its last two.
  package func refreshTransposes() { transposed?.refresh(from: values) }
}
