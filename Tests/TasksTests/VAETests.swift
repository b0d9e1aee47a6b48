import Kernels
import Networks
import Storage
import Tasks
import Tensors
import TestSupport
import Testing

@Suite("A variational autoencoder")
struct VAETests {
  /// A small one, an epoch of which is 14 steps.
  static let config = {
    var config = VAEConfig()
    (config.latent, config.hidden, config.epochs, config.seed) = (3, 17, 1, 4)
    return config
  }()

  func bits(_ model: TrainedVAE) -> [UInt32] {
    (0..<model.parameters.count).map { model.parameters.values[$0].bitPattern }
  }

  @Test("has the gradient of its loss", arguments: [1, 5])
  func gradient(_ rows: Int) {
    let images = Input(Shape(rows, 6), seed: 3, scale: 0.5, shift: 0.5)
    expectLayerGradient(at: [images], step: 1e-4) { set in
      let network = VAE(dimension: 6, latentDimension: 2, hidden: 7, in: set)
      return { context, inputs in network.loss(inputs[0], context) }
    }
  }

  @Test("draws its noise by rows of the batch, however that is cut")
  func noise() {
    let set = ParameterSet()
    let network = VAE(dimension: 6, latentDimension: 2, hidden: 7, in: set)
    set.initialize(seed: 1)
    let images = spread(30, seed: 3).map { Double($0.magnitude) }
    func loss(_ rows: Range<Int>) -> Double {
      let tape = Tape()
      let context = Context(
        tape: tape, parameters: ParameterBinding(set, gradients: nil),
        random: RandomStream(seed: 2), firstRow: rows.lowerBound)
      let x = tape.copy(
        Array(images[6 * rows.lowerBound..<6 * rows.upperBound]), Shape(rows.count, 6))
      return network.loss(x, context)[0]
    }
    expect(loss(0..<2) + loss(2..<5), equals: loss(0..<5), within: .relative(1e-6))
  }

  @Test("has the same bits for any number of threads and any instruction set")
  func reproducible() throws {
    let one = try bits(TrainedVAE(of: .digits, Self.config, pool: ThreadPool(threads: 1)))
    for threads in [2, 3] {
      let other = try TrainedVAE(of: .digits, Self.config, pool: ThreadPool(threads: threads))
      #expect(bits(other) == one, "\(threads) threads")
    }
    for set in InstructionSet.available {
      let other = try TrainedVAE(of: .digits, Self.config, instructionSet: set)
      #expect(bits(other) == one, "\(set)")
    }
    var config = Self.config
    config.seed = 5
    #expect(try bits(TrainedVAE(of: .digits, config)) != one)
  }

  /// An image costs 44.4 nats where each pixel is a fair coin, 27.1 where the pixels' means are known.
  @Test("learns the digits")
  func learns() throws {
    var config = Self.config
    (config.latent, config.hidden, config.epochs) = (20, 128, 30)
    var losses: [Double] = []
    _ = try TrainedVAE(of: .digits, config) { losses.append($0) }
    #expect(losses.count == 30 && losses[0] > 35 && losses[29] < 26.5, "\(losses)")
  }

  @Test("comes back from a file, whole or the decoder alone")
  func files() throws {
    let folder = try ScratchFolder()
    let model = try TrainedVAE(of: .digits, Self.config)
    try model.write(to: folder("vae.safetensors"))
    let read = try TrainedVAE(reading: folder("vae.safetensors"))
    #expect(bits(read) == bits(model) && read.hidden == 17)
    #expect(try VAEDecoder(reading: folder("vae.safetensors")) == model.decoder)
    let tape = Tape()
    let context = Context(tape: tape, parameters: ParameterBinding(read.parameters, gradients: nil))
    let logits = read.network.decode(tape.copy([0.5, -1, 2], Shape(1, 3)), context).values
    expect(logits, equals: self.logits(model.decoder, [0.5, -1, 2]), within: .absolute(1e-5))
  }

  /// The decoder's formula in 64-bit floats.
  private func logits(_ decoder: VAEDecoder, _ z: [Double]) -> [Double] {
    let (hidden, dimension) = (decoder.hidden, decoder.dimension)
    let units = (0..<hidden).map { j in
      max(
        0,
        z.indices.reduce(Double(decoder.hiddenBias[j])) {
          $0 + z[$1] * Double(decoder.hiddenWeight[$1 * hidden + j])
        })
    }
    return (0..<dimension).map { p in
      units.indices.reduce(Double(decoder.bias[p])) {
        $0 + units[$1] * Double(decoder.weight[$1 * dimension + p])
      }
    }
  }

  @Test("reads the decoder of another framework, its matrices transposed")
  func foreign() throws {
    let folder = try ScratchFolder()
    let decoder = VAEDecoder(
      hiddenWeight: [1, 2, 3, 4, 5, 6], hiddenBias: [7, 8, 9], weight: [1, 2, 3, 4, 5, 6],
      bias: [1, 2])
    #expect(decoder.latent == 2 && decoder.hidden == 3 && decoder.dimension == 2)
    var file = SafetensorsFile()
    file["fc3.weight"] = StoredArray([1, 4, 2, 5, 3, 6] as [Float], shape: [3, 2])
    file["fc3.bias"] = StoredArray([7, 8, 9] as [Float])
    file["fc4.weight"] = StoredArray([1, 3, 5, 2, 4, 6] as [Float], shape: [2, 3])
    file["fc4.bias"] = StoredArray([1, 2] as [Float])
    try file.write(to: folder("torch.safetensors"))
    #expect(try VAEDecoder(reading: folder("torch.safetensors")) == decoder)
  }

  @Test("is refused where a file's matrices are missing or do not fit together")
  func badFiles() throws {
    let folder = try ScratchFolder()
    let model = try TrainedVAE(of: .digits, Self.config)
    try model.write(to: folder("vae.safetensors"))
    let whole = try SafetensorsFile(reading: folder("vae.safetensors"))
    for entry in whole.entries {
      var file = whole
      file[entry.name] = nil
      try file.write(to: folder("bad.safetensors"))
      #expect(throws: StorageError.self) { try TrainedVAE(reading: folder("bad.safetensors")) }
      guard entry.name != "decoder.1.bias" else { continue }
      file[entry.name] = StoredArray([1, 2, 3] as [Float])
      try file.write(to: folder("bad.safetensors"))
      #expect(throws: StorageError.self, "\(entry.name)") {
        try TrainedVAE(reading: folder("bad.safetensors"))
      }
    }
  }

  @Test(
    "refuses numbers that make no sense",
    arguments: ["latent", "hidden", "epochs", "batch_size", "learning_rate"])
  func refusals(_ key: String) throws {
    let config = try resolve(VAEConfig(), overrides: .object(JSONObject([(key, .integer(0))])))
    #expect(throws: ConfigError.self) { try TrainedVAE(of: .digits, config) }
  }
}
