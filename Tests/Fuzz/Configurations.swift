// The configurations that tightrope.h takes, for libFuzzer. Linked with the library's objects by `make fuzz`.
//
// The first byte says which function, the second which density, the others are the text. A function may
// refuse; it must not crash, hang or ask for memory out of proportion. Long calls are cancelled when they
// first ask.
import CTightrope
import Interface

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard size > 2 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data + 2, count: size - 2))
  let text = bytes.map { CChar(bitPattern: $0) } + [0]
  doors[Int(data[0]) % doors.count](text, Int(data[1]))
  return 0
}

/// Where text comes in; `choice` says which of several things.
private let doors: [(_ text: [CChar], _ choice: Int) -> Void] = [
  { text, choice in
    opened { tightrope_density_open(&$0, names[choice % names.count], text) }
  },
  { text, choice in
    let wrappers = ["affine", "whitened", "positive", "tempered", "ratio"]
    opened { tightrope_density_wrap(&$0, wrappers[choice % wrappers.count], plane, text) }
  },
  { text, _ in opened { tightrope_density_limit(&$0, function, text) } },
  { text, choice in
    var run: OpaquePointer?
    _ = tightrope_run_open(&run, choice.isMultiple(of: 2) ? plane : particles, text)
    tightrope_run_close(run)
  },
  { text, _ in drawn { tightrope_run_draw(&$0, trained, 3, 1, text, &cancelling) } },
  { text, _ in drawn { tightrope_run_paths(&$0, trained, 3, 1, text, &cancelling) } },
  { text, _ in drawn { tightrope_run_refine(&$0, trained, 3, 1, text, &cancelling) } },
  { text, _ in drawn { tightrope_mcmc(&$0, plane, text, &cancelling) } },
  { text, _ in written { tightrope_run_evaluate(&$0, trained, text, &cancelling) } },
  { text, _ in written { tightrope_run_likelihood(&$0, trained, nil, 0, text, &cancelling) } },
  { text, choice in
    written { tightrope_describe(&$0, families[choice % families.count], text) }
    written { tightrope_names(&$0, text) }
  },
  { text, choice in call(functions[choice % functions.count], text) },
]

// MARK: - What there is to ask

private let families = ["densities", "objectives", "networks", "processes", "methods", "functions"]

/// Densities that do not train when they are opened.
private let names = [
  "gaussian", "25gmm", "gmm-40", "gaussian-mixture", "many-well", "funnel", "double-wells", "ring",
  "banana", "student-mixture", "dw4", "lennard-jones", "screened-coulomb", "log-gaussian-cox",
  "logistic-regression", "linear-measurement", "measured-mixture", "texts", "affine", "whitened",
  "positive", "tempered", "ratio", "images",
]

private let functions = [
  "objectives.trajectory-balance", "objectives.log-variance", "objectives.sub-trajectory-balance",
  "objectives.detailed-balance", "objectives.relative-trajectory-balance",
  "metrics.sliced-wasserstein-2", "metrics.sinkhorn-divergence", "metrics.maximum-mean-discrepancy",
  "metrics.aligned-wasserstein-2", "metrics.distance-variation", "metrics.expectation",
  "metrics.pareto-tail", "metrics.mode-shares",
]

nonisolated(unsafe) private let plane = density("9gmm")
nonisolated(unsafe) private let particles = density("dw4")

nonisolated(unsafe) private let function: OpaquePointer? = {
  var density: OpaquePointer?
  let status = tightrope_density_from_callback(
    &density, 1,
    { x, count, out, _, _ in
      for row in 0..<count { out?[row] = x?[row] ?? 0 }
      return 0
    }, 0, nil, nil)
  precondition(status == 0, "a function is no density")
  return density
}()

/// A run that has learned for a moment.
nonisolated(unsafe) private let trained: OpaquePointer? = {
  var run: OpaquePointer?
  let config = """
    {"steps": 2, "batch_size": 8, "process": {"steps": 3}, "network": {"width": 4}}
    """
  precondition(tightrope_run_open(&run, plane, config) == 0, "a run does not open")
  precondition(tightrope_run_train(run, nil) == 0, "a run does not train")
  return run
}()

nonisolated(unsafe) private var cancelling = tightrope_listener(
  event: nil, poll: { _ in 1 }, payload: nil)

private func density(_ name: String) -> OpaquePointer? {
  var density: OpaquePointer?
  precondition(tightrope_density_open(&density, name, nil) == 0, "a density does not open")
  return density
}

// MARK: - Asking

private func opened(_ open: (inout OpaquePointer?) -> Int32) {
  var density: OpaquePointer?
  precondition(open(&density) == 0 || density == nil, "a failure left a handle")
  tightrope_density_close(density)
}

private func drawn(_ draw: (inout OpaquePointer?) -> Int32) {
  var draws: OpaquePointer?
  precondition(draw(&draws) == 0 || draws == nil, "a failure left a handle")
  tightrope_draws_close(draws)
}

private func written(_ write: (inout UnsafeMutablePointer<CChar>?) -> Int32) {
  var text: UnsafeMutablePointer<CChar>?
  precondition(write(&text) == 0 || text == nil, "a failure left a text")
  tightrope_text_free(text)
}

/// Calls a named function with a few numbers in arrays whose shapes may fit.
private func call(_ name: String, _ config: [CChar]) {
  var numbers = (0..<64).map { Double($0 % 7) / 3 }
  var results = [Double](repeating: 0, count: 256)
  numbers.withUnsafeMutableBufferPointer { numbers in
    results.withUnsafeMutableBufferPointer { results in
      let start = numbers.baseAddress
      let matrix = tightrope_array(data: start, rank: 2, shape: (4, 3, 0, 0))
      let row = tightrope_array(data: start, rank: 1, shape: (4, 0, 0, 0))
      let one = tightrope_array(data: start, rank: 0, shape: (0, 0, 0, 0))
      let out = results.baseAddress
      for inputs in [[row], [matrix, matrix], [matrix, matrix, row, one]] {
        var outputs = [
          tightrope_array(data: out, rank: 0, shape: (0, 0, 0, 0)),
          tightrope_array(data: out.map { $0 + 16 }, rank: 2, shape: (4, 3, 0, 0)),
          tightrope_array(data: out.map { $0 + 64 }, rank: 2, shape: (4, 3, 0, 0)),
          tightrope_array(data: out.map { $0 + 128 }, rank: 0, shape: (0, 0, 0, 0)),
        ]
        for count in 1...4 {
          _ = tightrope_call(name, config, inputs, inputs.count, &outputs, count)
        }
      }
    }
  }
}
