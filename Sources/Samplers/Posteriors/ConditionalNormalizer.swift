import KernelTables
import Networks
import Tensors

/// log Z of conditions, learned beside the posterior: what trajectory balance compares paths of one condition with.
struct ConditionalNormalizer {
  private let network: MLP
  private let inputs: Int

  /// Declares all parameters.
  init(inputs: Int, width: Int = 64, in set: ParameterSet) {
    self.inputs = inputs
    network = MLP(
      "condition.log_z", sizes: [inputs, width, width, 1], group: .flow, in: set)
  }

  /// log Z, [count].
  /// - Parameter features: What describes the conditions, [count, inputs].
  func values(
    at features: UnsafePointer<Float>, count: Int, _ parameters: ParameterSet
  ) -> [Double] {
    let tape = Tape()
    tape.isRecording = false
    let context = Context(tape: tape, parameters: ParameterBinding(parameters, gradients: nil))
    let output = network(tape.constant(at: features, Shape(count, inputs)), context)
    return (0..<count).map { output[$0] }
  }

  /// Adds the gradient of Σ adjoint × log Z to that of all parameters.
  func addGradient(
    _ adjoints: [Double], at features: UnsafePointer<Float>, _ parameters: ParameterSet,
    to gradient: UnsafeMutablePointer<Float>
  ) {
    let (tape, count) = (Tape(), adjoints.count)
    let context = Context(
      tape: tape, parameters: ParameterBinding(parameters, gradients: gradient))
    let output = network(tape.constant(at: features, Shape(count, inputs)), context)
    tape.backward(from: output, seed: tape.constant(adjoints, output.shape).data)
  }
}
