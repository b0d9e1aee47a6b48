import Tensors

/// An equivariant graph network of particles and time: what iDEM learns the score of particles with.
///
///     h_i = Linear t,  a_ij = [|x_i - x_j|², φ(|x_i - x_j|)],  `layers` times `EGNNLayer`,  y = x_last - x, mean removed
///
/// φ are the bumps of a `DistanceBasis`, none unless asked for.
/// Every particle sees every other unless edges are given. Turning all particles turns y; shifting
/// them leaves it; exchanging two exchanges its rows. An edge moves a particle by less than
/// 15 / layers in each layer.
/// Features of the nodes can be read, too, Linear h_last; they do not change under these motions.
/// Reference: Satorras, Hoogeboom and Welling (2021), arXiv:2102.09844; this variant
/// Akhound-Sadegh et al. (2024), arXiv:2402.06121
package struct EGNN: Sendable {
  /// Particles of a row.
  package let particles: Int
  /// Coordinates of a particle.
  package let spaceDimension: Int
  let basis: DistanceBasis?
  let embedding: Linear
  let layers: [EGNNLayer]
  let readout: Linear

  /// Declares `name.embedding`, `name.layers.0`, …, `name.readout`.
  package init(
    _ name: String, particles: Int, spaceDimension: Int, width: Int = 128, layers: Int = 5,
    basis: DistanceBasis? = nil, in set: ParameterSet
  ) {
    self.basis = basis
    self.particles = particles
    self.spaceDimension = spaceDimension
    embedding = Linear(name + ".embedding", inputs: 1, outputs: width, in: set)
    self.layers = (0..<layers).map {
      EGNNLayer(
        "\(name).layers.\($0)", width: width, reach: 15 / Double(layers),
        attributes: 1 + (basis?.count ?? 0), in: set)
    }
    readout = Linear(name + ".readout", inputs: width, outputs: 1, in: set)
  }

  /// The learned vector field at particles x.
  /// - Parameters:
  ///   - x: [rows, particles × spaceDimension].
  ///   - times: [rows, 1].
  ///   - edges: Over the particles of all rows, rows × particles nodes; nil for all pairs of a row.
  /// - Returns: Same shape as x.
  package func callAsFunction(
    _ x: Tensor, at times: Tensor, edges: Edges? = nil, _ context: Context
  ) -> Tensor {
    let tape = context.tape
    let rows = x.shape[0]
    let points = tape.reshape(x, Shape(rows * particles, spaceDimension))
    let (last, _) = run(points, times, edges, readsFeatures: false, context)
    let moves = tape.reshape(
      tape.subtract(last, points), Shape(rows, particles, spaceDimension))
    let centred = tape.subtract(moves, tape.mean(moves, over: [1], keeping: true))
    return tape.reshape(centred, x.shape)
  }

  /// One number for each particle, which turning and shifting do not change.
  ///
  /// Parameters are as for the vector field.
  /// - Returns: [rows, particles].
  package func features(
    _ x: Tensor, at times: Tensor, edges: Edges? = nil, _ context: Context
  ) -> Tensor {
    let points = context.tape.reshape(x, Shape(x.shape[0] * particles, spaceDimension))
    let (_, h) = run(points, times, edges, readsFeatures: true, context)
    return context.tape.reshape(readout(h, context), Shape(x.shape[0], particles))
  }

  /// All layers; features after the last one are made only where they are read.
  private func run(
    _ points: Tensor, _ times: Tensor, _ edges: Edges?, readsFeatures: Bool, _ context: Context
  ) -> (points: Tensor, features: Tensor) {
    let tape = context.tape
    let rows = times.shape[0]
    precondition(
      points.shape[0] == rows * particles, "\(points.shape) at \(rows) times, of \(particles)")
    let edges = edges ?? tape.completeEdges(graphs: rows, nodes: particles)
    let squares = tape.squaredDistances(points, over: edges)
    let attributes = basis.map { tape.concatenate([squares, $0(squares, tape)]) } ?? squares
    var (x, h) = (points, everyParticle(embedding(times, context), tape))
    for (index, layer) in layers.enumerated() {
      let isRead = readsFeatures || index + 1 < layers.count
      (x, h) = layer(h, x, attributes, edges, readsFeatures: isRead, context)
    }
    return (x, h)
  }

  /// One row for every particle, [rows × particles, width], from one for all of them.
  private func everyParticle(_ h: Tensor, _ tape: Tape) -> Tensor {
    let (rows, width) = (h.shape[0], h.shape[1])
    let repeated = tape.broadcast(
      tape.reshape(h, Shape(rows, 1, width)), to: Shape(rows, particles, width))
    return tape.reshape(repeated, Shape(rows * particles, width))
  }
}
