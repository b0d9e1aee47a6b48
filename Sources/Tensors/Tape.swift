import KernelTables
import Kernels

/// A record of operations that can be run backwards, and that carries tangents forwards.
///
/// Each operation is a method in a file of its own that computes its output; while the tape
/// records, it appends a `Node` with the function that sends the output's gradient to the inputs, and
/// where an input has a tangent, it gives the output one (see `Tape+Tangents.swift`).
/// Memory comes from an arena and goes back at `reset()`, so a tape that is used again and again
/// allocates nothing. Not thread-safe: one tape for each thread.
public final class Tape {
  /// Sends the gradient of a node's output on to its inputs.
  package typealias Backward = (Tape, Node, _ gradient: UnsafeMutableRawPointer) -> Void

  /// One recorded operation.
  package struct Node {
    /// Nil for leaves and views.
    package var backward: Backward?
    package var inputs: (Tensor, Tensor, Tensor)
    package var output: Tensor
    /// Memory the gradient needs beside inputs and output.
    package var saved: UnsafeMutableRawPointer?
    package var numbers: (Int, Int) = (0, 0)
    /// Set for a view: the byte of the first input at which it begins.
    package var viewOffset: Int?

    /// What `Tape.keep` stored, as the value of `saved`.
    package func kept<Value: BitwiseCopyable>(as _: Value.Type) -> Value {
      guard let saved else { preconditionFailure("the operation kept nothing") }
      return saved.load(as: Value.self)
    }
  }

  /// Type of all tensors on this tape.
  public let type: ScalarType
  /// The kernels of that type.
  package let kernels: any KernelSet.Type
  /// Whether operations are recorded; otherwise only values are computed.
  public var isRecording = true

  package let arena = Arena()
  private var nodes: [Node] = []
  private var gradients: [UnsafeMutableRawPointer?] = []
  var tangents: [Tensor] = []
  /// False while a rule for tangents runs: tangents have no tangents of their own.
  var followsTangents = true
  var checkpoints: [(Tape, Tensor) -> Tensor] = []
  var recomputations: [Recomputation] = []
  /// What `linear` does with its products, and where they are where it keeps them.
  var products = Products.ordinary
  package let keptProducts = Arena()
  /// Nodes before this one may not be reached by gradients anew while a checkpoint is replayed.
  private var replayStart = 0

  /// An empty tape.
  /// - Parameter instructionSet: Whose kernels compute 32-bit floats; all give the same bits.
  public init(
    _ type: ScalarType = .float32, instructionSet: InstructionSet = .active
  ) {
    self.type = type
    kernels = type.kernels(of: instructionSet)
    nodes.reserveCapacity(256)
    gradients.reserveCapacity(256)
  }

  /// Forgets all operations and takes back the memory of all tensors.
  public func reset() {
    nodes.removeAll(keepingCapacity: true)
    gradients.removeAll(keepingCapacity: true)
    tangents.removeAll(keepingCapacity: true)
    checkpoints.removeAll(keepingCapacity: true)
    recomputations.removeAll(keepingCapacity: true)
    keptProducts.reset()
    arena.reset()
  }

  // MARK: - Tensors

  /// A tensor of memory that outlives the tape's next reset; no gradient flows to it.
  ///
  /// The label keeps arrays away: Swift would make pointers of them, to what is soon freed.
  package func constant(at data: UnsafeRawPointer, _ shape: Shape) -> Tensor {
    Tensor(data: UnsafeMutableRawPointer(mutating: data), shape: shape, type: type)
  }

  /// A tensor of these numbers; no gradient flows to it.
  package func constant(_ values: [Double], _ shape: Shape) -> Tensor {
    precondition(values.count == shape.count, "constant: \(values.count) numbers for \(shape)")
    let tensor = allocate(shape)
    for (i, value) in values.enumerated() { write(value, at: i, of: tensor) }
    return tensor
  }

  /// A tensor of these numbers; no gradient flows to it.
  package func constant(_ values: [Float], _ shape: Shape) -> Tensor {
    precondition(values.count == shape.count, "constant: \(values.count) numbers for \(shape)")
    let tensor = allocate(shape)
    for (i, value) in values.enumerated() { write(Double(value), at: i, of: tensor) }
    return tensor
  }

  /// A tensor with the same number everywhere; no gradient flows to it.
  package func constant(_ value: Double, _ shape: Shape = .scalar) -> Tensor {
    let tensor = allocate(shape)
    for i in 0..<shape.count { write(value, at: i, of: tensor) }
    return tensor
  }

  /// A tensor of memory whose gradient is added to a buffer of the same size.
  package func variable(
    _ data: UnsafeRawPointer, _ shape: Shape, gradient: UnsafeMutableRawPointer
  ) -> Tensor {
    let tensor = append(constant(at: data, shape))
    gradients[tensor.node] = gradient
    return tensor
  }

  /// The same numbers as a variable whose gradient the tape keeps; ask for it by `gradient(of:)`.
  package func variable(_ x: Tensor) -> Tensor { append(x.detached) }

  /// A tensor with undefined contents.
  package func allocate(_ shape: Shape) -> Tensor {
    Tensor(data: arena.allocate(bytes: shape.count * type.byteCount), shape: shape, type: type)
  }

  /// Stores a value for the backward function of an operation: the node's `saved`.
  package func keep<Value: BitwiseCopyable>(_ value: Value) -> UnsafeMutableRawPointer {
    let address = arena.allocate(bytes: MemoryLayout<Value>.size)
    address.storeBytes(of: value, as: Value.self)
    return address
  }

  /// Sets one element.
  package func write(_ value: Double, at index: Int, of tensor: Tensor) {
    switch type {
    case .float32:
      tensor.data.storeBytes(of: Float(value), toByteOffset: 4 * index, as: Float.self)
    case .float64: tensor.data.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
    }
  }

  // MARK: - Recording

  /// Whether an operation on these inputs has to be recorded.
  package func records(_ a: Tensor, _ b: Tensor? = nil, _ c: Tensor? = nil) -> Bool {
    isRecording && (a.isVariable || b?.isVariable ?? false || c?.isVariable ?? false)
  }

  /// Records an operation and returns its output as a variable.
  package func record(
    _ output: Tensor, _ a: Tensor, _ b: Tensor? = nil, _ c: Tensor? = nil,
    saved: UnsafeMutableRawPointer? = nil, numbers: (Int, Int) = (0, 0),
    backward: @escaping Backward
  ) -> Tensor {
    append(
      output,
      Node(
        backward: backward, inputs: (a, b ?? a, c ?? a), output: output, saved: saved,
        numbers: numbers))
  }

  /// Part of x's memory under another shape; gradients go straight to x's.
  func view(_ x: Tensor, _ shape: Shape, byteOffset: Int = 0) -> Tensor {
    let view = Tensor(data: x.data + byteOffset, shape: shape, type: type)
    guard records(x) else { return view }
    return append(
      view, Node(backward: nil, inputs: (x, x, x), output: view, viewOffset: byteOffset))
  }

  // MARK: - Reverse mode

  /// Adds `seed` to a tensor's gradient and runs the tape backwards from there.
  /// - Parameters:
  ///   - tensor: Where to start; usually the last output.
  ///   - seed: The gradient of the loss by it, as many elements as it has.
  public func backward(from tensor: Tensor, seed: UnsafeRawPointer) {
    addSeed(seed, to: tensor)
    runBackward()
  }

  /// Runs the tape backwards from a tensor of one element, the loss.
  package func backward(from loss: Tensor) {
    precondition(loss.count == 1, "backward: the loss is \(loss.shape), not one number")
    backward(from: loss, seed: constant(1, loss.shape).data)
  }

  /// Adds to the gradient of a tensor from outside; constants take none.
  package func addSeed(_ seed: UnsafeRawPointer, to tensor: Tensor) {
    guard tensor.isVariable else { return }
    kernels.accumulate(seed, into: gradient(of: tensor), count: tensor.count)
  }

  /// Runs all operations backwards, from the seeds to the leaves.
  package func runBackward() { runBackward(downTo: 0) }

  private func runBackward(downTo first: Int) {
    for index in (first..<nodes.count).reversed() {
      guard let gradient = gradients[index], let backward = nodes[index].backward else { continue }
      backward(self, nodes[index], gradient)
    }
  }

  /// The gradient buffer of a variable, zero when it is first asked for.
  package func gradient(of tensor: Tensor) -> UnsafeMutableRawPointer {
    let (buffer, isFresh) = gradientBuffer(of: tensor)
    if isFresh { buffer.initializeMemory(as: UInt8.self, repeating: 0, count: tensor.byteCount) }
    return buffer
  }

  /// The gradient buffer of a variable, and whether it is new and has yet to be written.
  package func gradientBuffer(
    of tensor: Tensor
  ) -> (data: UnsafeMutableRawPointer, isFresh: Bool) {
    if let existing = gradients[tensor.node] { return (existing, false) }
    precondition(
      tensor.node >= replayStart, "a checkpoint uses a variable that is not its input")
    if let offset = nodes[tensor.node].viewOffset {
      let part = gradient(of: nodes[tensor.node].inputs.0) + offset
      gradients[tensor.node] = part
      return (part, false)
    }
    let fresh = arena.allocate(bytes: tensor.byteCount)
    gradients[tensor.node] = fresh
    return (fresh, true)
  }

  /// Lets a variable that only one operation uses have its gradient in that operation's buffer.
  func shareGradient(_ buffer: UnsafeMutableRawPointer, with tensor: Tensor) {
    precondition(gradients[tensor.node] == nil, "a shared gradient has one owner")
    gradients[tensor.node] = buffer
  }

  /// Records what `body` does, runs it backwards from its output, and forgets it again.
  func replay(seed: UnsafeRawPointer, _ body: () -> Tensor) {
    let (first, mark, outerStart) = (nodes.count, arena.mark, replayStart)
    let outerProducts = keptProducts.mark
    let (outerRecording, outerCheckpoints) = (isRecording, checkpoints.count)
    let outerRecomputations = recomputations.count
    isRecording = true
    replayStart = first
    addSeed(seed, to: body())
    runBackward(downTo: first)
    (isRecording, replayStart) = (outerRecording, outerStart)
    nodes.removeSubrange(first...)
    gradients.removeSubrange(first...)
    checkpoints.removeSubrange(outerCheckpoints...)
    recomputations.removeSubrange(outerRecomputations...)
    keptProducts.rewind(to: outerProducts)
    arena.rewind(to: mark)
  }

  private func append(_ tensor: Tensor, _ node: Node? = nil) -> Tensor {
    let variable = Tensor(data: tensor.data, shape: tensor.shape, type: type, node: nodes.count)
    nodes.append(node ?? Node(backward: nil, inputs: (tensor, tensor, tensor), output: tensor))
    gradients.append(nil)
    return variable
  }
}
