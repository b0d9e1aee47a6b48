import Synchronization
import Tasks
import Testing

@Suite("Training that a density waits for")
struct PreparationTests {
  private struct Enough: Error {}

  @Test("A listener hears of each step, and ends the training by throwing")
  func listenerEndsTraining() throws {
    var config = VAEConfig()
    // So many that none but this training has them, as the listener hears of all in the process.
    config.epochs = 99_991
    let images = ImageSet.digits
    let batches = (images.training.count + config.batchSize - 1) / config.batchSize
    let ours = config.epochs * batches
    let heard = Mutex<[Int]>([])
    Preparation.listen { preparation in
      guard preparation.steps == ours else { return }
      heard.withLock { $0.append(preparation.step) }
      if preparation.step == 3 { throw Enough() }
    }
    defer { Preparation.listen(nil) }
    #expect(throws: Enough.self) { try DecoderCache.decoder(of: images, config) }
    #expect(heard.withLock { $0 } == [1, 2, 3])
  }
}
