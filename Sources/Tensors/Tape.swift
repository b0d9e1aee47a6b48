import KernelTables
import Kernels

/// Reverse mode: a record of operations that can be run backwards.
///
/// Each operation is a method in a file of its own that computes its output and, while the tape
/// records, appends a `Node` with the function that sends the output's gradient to the inputs.
/// Memory comes from an arena and goes back at `reset()`, so a tape that is used again and again
/// allocates nothing. Not thread-safe: one tape for each thread.
public final class Tape {
  /// Sends the gradient of a node's output on to its inputs.
  package typealias Backward = (Tape, Node, _ gradient: UnsafeMutableRawPointer) -> Void

  /// One recorded operation.
  package struct Node {
    /// Nil for a leaf.
    package var backward: Backward?
    package var inputs: (Tensor, Tensor, Tensor)
    package var output: Tensor
    /// Memory the gradient needs beside inputs and output.
    package var saved: UnsafeMutableRawPointer?
    package var numbers: (Int, Int) = (0, 0)
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

  /// An empty tape.
  public init(_ type: ScalarType = .float32) {
    self.type = type
    kernels = type.kernels
    nodes.reserveCapacity(256)
    gradients.reserveCapacity(256)
  }

  /// Forgets all operations and takes back the memory of all tensors.
  public func reset() {
    nodes.removeAll(keepingCapacity: true)
    gradients.removeAll(keepingCapacity: true)
    arena.reset()
  }

  /// A tensor of memory that outlives the tape's next reset; no gradient flows to it.
  package func constant(_ data: UnsafeRawPointer, _ shape: Shape) -> Tensor {
    Tensor(data: UnsafeMutableRawPointer(mutating: data), shape: shape, type: type)
  }

  /// A tensor of these numbers; no gradient flows to it.
  package func constant(_ values: [Double], _ shape: Shape) -> Tensor {
    precondition(values.count == shape.count, "constant: \(values.count) numbers for \(shape)")
    let tensor = allocate(shape)
    for (i, value) in values.enumerated() {
      switch type {
      case .float32: tensor.data.storeBytes(of: Float(value), toByteOffset: 4 * i, as: Float.self)
      case .float64: tensor.data.storeBytes(of: value, toByteOffset: 8 * i, as: Double.self)
      }
    }
    return tensor
  }

  /// A tensor of memory whose gradient is added to a buffer of the same size.
  package func variable(
    _ data: UnsafeRawPointer, _ shape: Shape, gradient: UnsafeMutableRawPointer
  ) -> Tensor {
    let tensor = append(constant(data, shape))
    gradients[tensor.node] = gradient
    return tensor
  }

  /// A tensor with undefined contents.
  package func allocate(_ shape: Shape) -> Tensor {
    Tensor(data: arena.allocate(bytes: shape.count * type.byteCount), shape: shape, type: type)
  }

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

  /// Adds `seed` to a tensor's gradient and runs the tape backwards from there.
  /// - Parameters:
  ///   - tensor: Where to start; usually the last output.
  ///   - seed: The gradient of the loss by it, as many elements as it has.
  public func backward(from tensor: Tensor, seed: UnsafeRawPointer) {
    addSeed(seed, to: tensor)
    runBackward()
  }

  /// Adds to the gradient of a tensor from outside; constants take none.
  package func addSeed(_ seed: UnsafeRawPointer, to tensor: Tensor) {
    guard tensor.isVariable else { return }
    kernels.accumulate(seed, into: gradient(of: tensor), count: tensor.count)
  }

  /// Runs all operations backwards, from the seeds to the leaves.
  package func runBackward() {
    for index in nodes.indices.reversed() {
      guard let gradient = gradients[index], let backward = nodes[index].backward else { continue }
      backward(self, nodes[index], gradient)
    }
  }

  /// The gradient buffer of a variable, zero when it is first asked for.
  package func gradient(of tensor: Tensor) -> UnsafeMutableRawPointer {
    let (buffer, isFresh) = gradientBuffer(of: tensor)
    if isFresh { buffer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes(of: tensor)) }
    return buffer
  }

  /// The gradient buffer of a variable, and whether it is new and has yet to be written.
  package func gradientBuffer(
    of tensor: Tensor
  ) -> (data: UnsafeMutableRawPointer, isFresh: Bool) {
    if let existing = gradients[tensor.node] { return (existing, false) }
    let fresh = arena.allocate(bytes: bytes(of: tensor))
    gradients[tensor.node] = fresh
    return (fresh, true)
  }

  private func bytes(of tensor: Tensor) -> Int { tensor.count * type.byteCount }

  private func append(_ tensor: Tensor, _ node: Node? = nil) -> Tensor {
    let variable = Tensor(
      data: tensor.data, shape: tensor.shape, type: type, node: nodes.count)
    nodes.append(
      node ?? Node(backward: nil, inputs: (tensor, tensor, tensor), output: tensor))
    gradients.append(nil)
    return variable
  }
}
