import CTightrope
import Interface
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What goes wrong at points beyond 1.
private final class Fault: Sendable {
  enum Kind: CaseIterable { case status, notANumber, infinity, noMemory, blocks }

  let kind: Kind
  let isReleased = Atomic(false)
  init(_ kind: Kind) { self.kind = kind }

  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static let logDensity: tightrope_log_density = { x, count, out, score, payload in
    guard let x, let out, let payload else { return 1 }
    let fault = Unmanaged<Fault>.fromOpaque(payload).takeUnretainedValue()
    for row in 0..<count {
      out[row] = -0.5 * x[row] * x[row]
      score?[row] = -x[row]
      guard x[row] > 1 else { continue }
      switch fault.kind {
      case .status: return 7
      case .notANumber: out[row] = .nan
      case .infinity: out[row] = .infinity
      case .noMemory: return 12
      case .blocks: while !fault.isReleased.load(ordering: .relaxed) { usleep(1000) }
      }
    }
    return 0
  }
}

@Suite("Limits of a C function")
struct LimitTests {
  var lastError: String { String(cString: tightrope_last_error()) }

  /// A limited density of one dimension, whose base is closed already.
  private func open(
    _ fault: Fault, concurrent: Bool = false, _ limits: String
  ) -> OpaquePointer? {
    var (base, limited): (OpaquePointer?, OpaquePointer?)
    let make = concurrent ? tightrope_density_from_function : tightrope_density_from_callback
    #expect(make(&base, 1, Fault.logDensity, 1, fault.pointer, nil) == TIGHTROPE_OK)
    #expect(tightrope_density_limit(&limited, base, limits) == TIGHTROPE_OK)
    tightrope_density_close(base)
    return limited
  }

  private func usage(_ density: OpaquePointer?) -> String {
    var text: UnsafeMutablePointer<CChar>?
    #expect(tightrope_density_usage(&text, density) == TIGHTROPE_OK)
    defer { tightrope_text_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  private func limits(_ kind: Fault.Kind, _ failure: String) -> String {
    "{\"timeout\": \(kind == .blocks ? 0.1 : 0), \"failure\": \"\(failure)\", \"value\": -50}"
  }

  @Test("pass failures on", arguments: Fault.Kind.allCases, [false, true])
  private func raise(_ kind: Fault.Kind, concurrent: Bool) {
    let fault = Fault(kind)
    let density = open(fault, concurrent: concurrent, limits(kind, "raise"))
    defer { fault.isReleased.store(true, ordering: .relaxed) }
    var values: [Float] = [0, 0]
    let status = tightrope_density_log_density(&values, density, [2, 0], 2, 1)
    switch kind {
    case .status: #expect(status == 7)
    case .noMemory: #expect(status == 12)
    case .notANumber, .infinity: #expect(status == TIGHTROPE_OK && !values[0].isFinite)
    case .blocks:
      #expect(status == TIGHTROPE_ERROR_TIMEOUT)
      #expect(lastError == "the density took more than 0.1 s for 2 points")
    }
    tightrope_density_close(density)
  }

  @Test("reject or replace points that fail", arguments: Fault.Kind.allCases, [false, true])
  private func policies(_ kind: Fault.Kind, concurrent: Bool) {
    for (policy, expected) in [("reject", -Float.infinity), ("replace", -50)] {
      let fault = Fault(kind)
      let density = open(fault, concurrent: concurrent, limits(kind, policy))
      var (values, score): ([Float], [Float]) = ([0, 0, 0, 0], [9, 9, 9, 9])
      #expect(
        tightrope_density_evaluate(&values, &score, density, [0, 1, 2, -1], nil, 4, 1)
          == TIGHTROPE_OK)
      #expect(values == [0, -0.5, expected, -0.5])
      #expect(kind == .notANumber || kind == .infinity || score == [0, -1, 0, 1])
      #expect(score[2] == 0)
      // Four at once; then two and two, and of the latter each alone.
      let asksAgain = kind != .notANumber && kind != .infinity
      #expect(usage(density).contains("\"points\":\(asksAgain ? 10 : 4),"))
      #expect(usage(density).contains("\"failures\":1"))
      #expect(usage(density).contains("\"timeouts\":\(kind == .blocks ? 3 : 0)"))
      fault.isReleased.store(true, ordering: .relaxed)
      tightrope_density_close(density)
    }
  }

  @Test("do not keep a function from using the library's threads", arguments: [false, true])
  func nested(concurrent: Bool) {
    let settings = "{\"steps\": 2, \"batch_size\": 16, \"network\": {\"width\": 8}}"
    var (gaussians, base, limited): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    #expect(tightrope_density_open(&gaussians, "25gmm", nil) == TIGHTROPE_OK)
    let make = concurrent ? tightrope_density_from_function : tightrope_density_from_callback
    // Trains a run of its own while the threads are at work on the one that calls.
    let body: tightrope_log_density = { x, count, out, score, payload in
      let settings = "{\"steps\": 1, \"batch_size\": 16, \"network\": {\"width\": 8}}"
      var run: OpaquePointer?
      var status = tightrope_run_open(&run, OpaquePointer(payload), settings)
      if status == TIGHTROPE_OK { status = tightrope_run_train(run, nil) }
      tightrope_run_close(run)
      guard status == TIGHTROPE_OK else { return status }
      return tightrope_density_evaluate(out, score, OpaquePointer(payload), x, nil, count, 2)
    }
    #expect(make(&base, 2, body, 1, UnsafeMutableRawPointer(gaussians), nil) == TIGHTROPE_OK)
    #expect(tightrope_density_limit(&limited, base, "{\"timeout\": 600}") == TIGHTROPE_OK)
    #expect(digest(trainedOn: base, settings) == digest(trainedOn: limited, settings))
    for density in [gaussians, base, limited] { tightrope_density_close(density) }
  }

  private func digest(trainedOn density: OpaquePointer?, _ settings: String) -> String {
    var (run, draws): (OpaquePointer?, OpaquePointer?)
    #expect(tightrope_run_open(&run, density, settings) == TIGHTROPE_OK)
    #expect(tightrope_run_train(run, nil) == TIGHTROPE_OK)
    #expect(tightrope_run_sample(&draws, run, 10, 1, nil) == TIGHTROPE_OK)
    defer {
      tightrope_draws_close(draws)
      tightrope_run_close(run)
    }
    return tightrope_draws_checksum(draws).map { String(cString: $0) } ?? "none"
  }

  @Test("make no more calls where many have not returned")
  func stuck() {
    let fault = Fault(.blocks)
    let density = open(fault, "{\"timeout\": 0.001, \"failure\": \"reject\", \"batch\": 1}")
    var values = [Float](repeating: 0, count: 40)
    let x = [Float](repeating: 2, count: 40)
    #expect(tightrope_density_log_density(&values, density, x, 40, 1) == TIGHTROPE_ERROR_TIMEOUT)
    #expect(lastError.hasPrefix("32 calls of the density have not returned"))
    fault.isReleased.store(true, ordering: .relaxed)
    tightrope_density_close(density)
  }

  @Test("end a run whose budget is used up, which goes on when more is granted")
  func budget() {
    let fault = Fault(.notANumber)
    let config = "{\"steps\": 4, \"batch_size\": 30, \"network\": {\"langevin\": \"off\"}}"
    let settings = "{\"calls\": 70, \"failure\": \"reject\"}"
    let density = open(fault, settings)
    var run: OpaquePointer?
    #expect(
      tightrope_run_open(&run, density, config.dropLast() + ", \"non_finite\": \"reject\"}")
        == TIGHTROPE_OK)
    #expect(tightrope_run_train(run, nil) == TIGHTROPE_ERROR_BUDGET)
    #expect(lastError.contains("70 points in all, of which 60 are used up"))
    #expect(tightrope_density_grant(density, 50) == TIGHTROPE_OK)
    #expect(tightrope_run_train(run, nil) == TIGHTROPE_OK)
    #expect(usage(density).contains("\"points\":120,"))
    tightrope_run_close(run)
    tightrope_density_close(density)
    withExtendedLifetime(fault) {}
  }

  @Test("are of functions only, and checked")
  func refusals() {
    var (density, limited): (OpaquePointer?, OpaquePointer?)
    #expect(tightrope_density_open(&density, "25gmm", nil) == TIGHTROPE_OK)
    #expect(tightrope_density_limit(&limited, density, nil) == TIGHTROPE_ERROR_CONFIG)
    #expect(tightrope_density_usage(nil, density) == TIGHTROPE_ERROR_CONFIG)
    #expect(tightrope_density_grant(density, 1) == TIGHTROPE_ERROR_CONFIG)
    tightrope_density_close(density)
    let fault = Fault(.status)
    let function = open(fault, "{}")
    for limits in ["{\"batch\": -1}", "{\"timeout\": -1}", "{\"failure\": \"no\"}", "{\"x\": 1}"] {
      #expect(tightrope_density_limit(&limited, function, limits) == TIGHTROPE_ERROR_CONFIG)
      #expect(limited == nil)
    }
    #expect(tightrope_density_limit(nil, function, nil) == TIGHTROPE_ERROR_SHAPE)
    #expect(tightrope_density_limit(&limited, nil, nil) == TIGHTROPE_ERROR_SHAPE)
    tightrope_density_close(function)
    withExtendedLifetime(fault) {}
  }
}
