import CTightrope
import Interface
import Testing

@Suite("The C interface")
struct ContractTests {
  /// Steps enough to exercise everything, in a fraction of a second.
  static let tiny = """
    {"steps": 4, "batch_size": 31, "process": {"steps": 5}, "network": {"width": 8}}
    """

  func open(_ name: String) -> OpaquePointer? {
    var density: OpaquePointer?
    #expect(tightrope_density_open(&density, name, nil) == TIGHTROPE_OK)
    return density
  }

  func run(on density: OpaquePointer?, _ config: String = tiny) -> OpaquePointer? {
    var run: OpaquePointer?
    #expect(tightrope_run_open(&run, density, config) == TIGHTROPE_OK)
    return run
  }

  func text(_ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32) -> String {
    var text: UnsafeMutablePointer<CChar>?
    #expect(call(&text) == TIGHTROPE_OK)
    defer { tightrope_text_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  var lastError: String { String(cString: tightrope_last_error()) }

  @Test("says its version, environment and names")
  func library() {
    #expect(String(cString: tightrope_version()) == "0.1.0")
    #expect(text { tightrope_environment($0) }.contains("instruction_set"))
    #expect(text { tightrope_names($0, "densities") }.contains("\"25gmm\""))
    #expect(text { tightrope_describe($0, "densities", "25gmm") }.contains("\"dimension\":2"))
  }

  @Test("trains within a budget, and goes on with a larger one")
  func budget() {
    let density = open("25gmm")
    let run = run(on: density)
    // Of a step, with the score in the network: 31 points at the end, and at each of five times.
    #expect(
      tightrope_run_train_within(run, "{\"energy_calls\": 187}", nil) == TIGHTROPE_ERROR_BUDGET)
    #expect(lastError == "the budget is 187 energy calls, of which 372 are made")
    #expect(text { tightrope_run_describe($0, run) }.contains("\"step\":2,"))
    #expect(tightrope_run_train_within(run, "{\"seconds\": 1e-9}", nil) == TIGHTROPE_ERROR_BUDGET)
    #expect(text { tightrope_run_describe($0, run) }.contains("\"step\":2,"))
    #expect(tightrope_run_train_within(run, "{\"second\": 1}", nil) == TIGHTROPE_ERROR_CONFIG)
    #expect(tightrope_run_train_within(run, "{\"seconds\": -1}", nil) == TIGHTROPE_ERROR_CONFIG)
    #expect(tightrope_run_train_within(run, nil, nil) == TIGHTROPE_OK)
    tightrope_run_close(run)
    tightrope_density_close(density)
  }

  @Test("says what points of a density in other coordinates stand for")
  func basePoints() {
    let base = open("25gmm")
    var (density, out): (OpaquePointer?, [Float]) = (nil, [0, 0])
    let config = "{\"shift\": [1], \"scale\": [2]}"
    #expect(tightrope_density_wrap(&density, "affine", base, config) == TIGHTROPE_OK)
    #expect(tightrope_density_base_points(&out, density, [3, 5], 1, 2) == TIGHTROPE_OK)
    #expect(out == [1, 2])
    #expect(tightrope_density_base_points(&out, base, [3, 5], 1, 2) == TIGHTROPE_OK)
    #expect(out == [3, 5])
    #expect(tightrope_density_base_points(nil, base, [3, 5], 1, 2) == TIGHTROPE_ERROR_SHAPE)
    tightrope_density_close(density)
    tightrope_density_close(base)
  }

  @Test("trains, draws, describes, saves and loads")
  func life() throws {
    let density = open("25gmm")
    let run = run(on: density)
    #expect(tightrope_run_train(run, nil) == TIGHTROPE_OK)
    var draws: OpaquePointer?
    #expect(tightrope_run_sample(&draws, run, 7, 1, nil) == TIGHTROPE_OK)
    #expect(tightrope_draws_count(draws) == 7)
    #expect(tightrope_draws_dimension(draws) == 2)
    #expect(tightrope_draws_conditions(draws) == nil)
    let checksum = String(cString: tightrope_draws_checksum(draws))
    tightrope_draws_close(draws)
    let file = "/tmp/tightrope-contract-\(UInt64.random(in: 0...UInt64.max)).safetensors"
    #expect(tightrope_run_save(run, file) == TIGHTROPE_OK)
    tightrope_run_close(run)
    var loaded: OpaquePointer?
    #expect(tightrope_run_load(&loaded, file, nil, nil) == TIGHTROPE_OK)
    #expect(tightrope_run_sample(&draws, loaded, 7, 1, nil) == TIGHTROPE_OK)
    #expect(String(cString: tightrope_draws_checksum(draws)) == checksum)
    tightrope_draws_close(draws)
    tightrope_run_close(loaded)
    tightrope_density_close(density)
  }

  @Test("says what a figure is worth")
  func remark() {
    var (weights, estimate) = ([0.0, 0, 0, 0], [0.0, 0, 0])
    weights.withUnsafeMutableBufferPointer { weights in
      estimate.withUnsafeMutableBufferPointer { estimate in
        var input = tightrope_array(data: weights.baseAddress, rank: 1, shape: (4, 0, 0, 0))
        var output = tightrope_array(data: estimate.baseAddress, rank: 1, shape: (3, 0, 0, 0))
        #expect(
          tightrope_call("metrics.effective-sample-share", nil, &input, 1, &output, 1)
            == TIGHTROPE_OK)
        let remark = String(cString: tightrope_last_remark())
        #expect(remark.contains("\"count\":4") && remark.contains("\"verdict\":\"ok\""))
        #expect(tightrope_call("metrics.nothing", nil, nil, 0, nil, 0) == TIGHTROPE_ERROR_CONFIG)
        #expect(String(cString: tightrope_last_remark()).isEmpty)
      }
    }
    #expect(estimate[0] == 1)
  }

  @Test("answers null with a status and a sentence")
  func null() {
    var handle: OpaquePointer?
    var size = 0
    #expect(tightrope_density_open(nil, "25gmm", nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_density_open(&handle, nil, nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_density_dimension(&size, nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_run_open(&handle, nil, nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_run_train(nil, nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(lastError == "'run' is null")
    #expect(tightrope_draws_count(nil) == 0)
    #expect(tightrope_draws_conditions(nil) == nil)
    tightrope_run_close(nil)
    tightrope_draws_close(nil)
    tightrope_density_close(nil)
    tightrope_text_free(nil)
  }

  @Test("names what is wrong with a configuration")
  func configuration() {
    var handle: OpaquePointer?
    #expect(tightrope_density_open(&handle, "25gmmm", nil) == TIGHTROPE_ERROR_CONFIG)
    #expect(lastError.contains("25gmm"))
    #expect(handle == nil)
    let density = open("9gmm")
    #expect(tightrope_run_open(&handle, density, "{\"steps\": -1}") == TIGHTROPE_ERROR_CONFIG)
    #expect(lastError.contains("steps"))
    #expect(tightrope_run_open(&handle, density, "{steps}") == TIGHTROPE_ERROR_CONFIG)
    tightrope_density_close(density)
  }

  @Test("makes densities of others, which keep what they need")
  func wrapping() {
    var wrapped: OpaquePointer?
    let base = open("9gmm")
    #expect(
      tightrope_density_wrap(&wrapped, "affine", base, "{\"scale\": [2]}") == TIGHTROPE_OK)
    tightrope_density_close(base)
    let description = text { tightrope_density_describe($0, wrapped) }
    #expect(description.contains("\"base\":\"9gmm\"") && description.contains("\"modes\":9"))
    let x: [Float] = [10, 10]
    var value: Float = 0
    #expect(tightrope_density_log_density(&value, wrapped, x, 1, 2) == TIGHTROPE_OK)
    #expect((value + 4.2175).magnitude < 1e-3)
    tightrope_density_close(wrapped)

    var callback: OpaquePointer?
    #expect(
      tightrope_density_from_callback(
        &callback, 1,
        { x, count, out, _, _ in
          for row in 0..<count { out?[row] = x?[row] ?? 0 }
          return 0
        }, 0, nil, nil) == TIGHTROPE_OK)
    #expect(
      tightrope_density_wrap(&wrapped, "tempered", callback, "{\"inverse_temperature\": 3}")
        == TIGHTROPE_OK)
    tightrope_density_close(callback)
    #expect(tightrope_density_log_density(&value, wrapped, [2], 1, 1) == TIGHTROPE_OK)
    #expect(value == 6)
    for (name, config) in [("25gmm", "{}"), ("affine", "{\"base\": \"funnel\"}")] {
      #expect(tightrope_density_wrap(&callback, name, wrapped, config) == TIGHTROPE_ERROR_CONFIG)
      #expect(callback == nil)
    }
    tightrope_density_close(wrapped)
  }

  @Test("returns a callback's own code, and destroys its payload once")
  func callbacks() {
    let destroyed = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    destroyed.pointee = 0
    defer { destroyed.deallocate() }
    var density: OpaquePointer?
    let status = tightrope_density_from_callback(
      &density, 2, { _, _, _, _, _ in 7 }, 0, destroyed,
      { $0?.assumingMemoryBound(to: Int.self).pointee += 1 })
    #expect(status == TIGHTROPE_OK)
    let run = run(on: density)
    tightrope_density_close(density)
    #expect(tightrope_run_train(run, nil) == 7)
    #expect(lastError.contains("density callback returned 7"))
    #expect(destroyed.pointee == 0)
    tightrope_run_close(run)
    #expect(destroyed.pointee == 1)
  }

  @Test("tells handles that are closed or of another kind from good ones")
  func wrongHandles() {
    let density = open("25gmm")
    let run = run(on: density)
    var draws: OpaquePointer?
    var size = 0
    #expect(tightrope_run_train(density, nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(lastError == "'run' is no open handle of its kind")
    #expect(tightrope_density_dimension(&size, run) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_draws_count(run) == 0)
    tightrope_draws_close(run)
    tightrope_density_close(run)
    #expect(tightrope_run_train(run, nil) == TIGHTROPE_OK)
    for _ in 0..<2 {
      tightrope_run_close(run)
      tightrope_density_close(density)
    }
    #expect(tightrope_run_sample(&draws, run, 1, 1, nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_density_dimension(&size, density) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_density_dimension(&size, OpaquePointer(bitPattern: 12345)) != TIGHTROPE_OK)
  }

  @Test("does one thing at a time with a run, also when asked from its callback")
  func reentrance() {
    let density = open("25gmm")
    let handle = run(on: density)
    var listener = tightrope_listener()
    listener.payload = UnsafeMutableRawPointer(handle)
    listener.event = { _, payload in
      let run = OpaquePointer(payload)
      var draws: OpaquePointer?
      guard tightrope_run_sample(&draws, run, 1, 1, nil) == TIGHTROPE_ERROR_UNKNOWN else {
        return 1
      }
      guard tightrope_run_train(run, nil) == TIGHTROPE_ERROR_UNKNOWN else { return 2 }
      return 0
    }
    #expect(tightrope_run_train(handle, &listener) == TIGHTROPE_OK)
    tightrope_run_close(handle)
    tightrope_density_close(density)
  }

  @Test("serves many threads at once, and one of them each run")
  func threads() async {
    let density = open("25gmm")
    let runs = (0..<3).map { _ in Shared(handle: run(on: density)) }
    let shared = Shared(handle: density)
    await withTaskGroup(of: Bool.self) { group in
      for index in 0..<48 {
        let run = runs[index % 3]
        group.addTask {
          var (draws, value): (OpaquePointer?, Float) = (nil, 0)
          let status =
            index.isMultiple(of: 2)
            ? tightrope_run_sample(&draws, run.handle, 5, 1, nil)
            : tightrope_run_train(run.handle, nil)
          tightrope_draws_close(draws)
          let other = tightrope_density_log_density(&value, shared.handle, [1, 2], 1, 2)
          return other == TIGHTROPE_OK
            && (status == TIGHTROPE_OK || status == TIGHTROPE_ERROR_UNKNOWN)
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    for run in runs { tightrope_run_close(run.handle) }
    tightrope_density_close(density)
  }
}

/// A handle that tasks share.
private struct Shared: @unchecked Sendable {
  let handle: OpaquePointer?
}
