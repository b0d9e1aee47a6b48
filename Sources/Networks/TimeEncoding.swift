import Tensors

/// Sinusoids of time with learned phases, [sin(t f + φ), cos(t f + φ)].
///
/// The frequencies f are fixed and evenly spaced from 0.1 to 100, the phases φ begin standard
/// normal.
/// Reference: Zhang and Chen (2022), *Path Integral Sampler*, arXiv:2111.15141
package struct TimeEncoding: Sendable {
  /// Number of frequencies; the encoding has twice as many columns.
  package let count: Int
  let phases: Parameter
  private let frequencies: [Double]

  /// Declares the parameter `name.phases`.
  package init(
    _ name: String, count: Int, group: ParameterGroup = .network, in set: ParameterSet
  ) {
    self.count = count
    phases = set.add(name + ".phases", Shape(count), .normal(standardDeviation: 1), group: group)
    let step = count > 1 ? (100 - 0.1) / Double(count - 1) : 0
    frequencies = (0..<count).map { 0.1 + step * Double($0) }
  }

  /// - Parameter times: [rows, 1].
  /// - Returns: [rows, 2 count].
  package func callAsFunction(_ times: Tensor, _ context: Context) -> Tensor {
    context.tape.fourier(
      times, frequencies: context.tape.constant(frequencies, phases.shape),
      phases: context[phases])
  }
}

/// A time encoding followed by a small network of `hidden` GELU layers.
struct TimeNetwork: Sendable {
  let encoding: TimeEncoding
  let layers: [Linear]

  init(
    _ name: String, width: Int, hidden: Int, outputs: Int, start: Linear.Start,
    group: ParameterGroup = .network, in set: ParameterSet
  ) {
    encoding = TimeEncoding(name, count: width, group: group, in: set)
    layers = (0...hidden).map { index in
      Linear(
        "\(name).\(index)", inputs: index == 0 ? 2 * width : width,
        outputs: index == hidden ? outputs : width, start: index == hidden ? start : .uniform,
        group: group, in: set)
    }
  }

  func callAsFunction(_ times: Tensor, _ context: Context) -> Tensor {
    var h = layers[0](encoding(times, context), context)
    for index in layers.indices.dropFirst() { h = layers[index](context.tape.gelu(h), context) }
    return h
  }
}
