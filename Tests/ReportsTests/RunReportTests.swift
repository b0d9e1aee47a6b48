import Densities
import Reports
import Samplers
import Storage
import Testing

@Suite("A report on a run")
struct RunReportTests {
  private func page(_ density: String, _ settings: JSONValue = [:]) throws -> String {
    let settings = settings.object?.entries.map { ($0.key, $0.value) } ?? []
    let base: [(String, JSONValue)] = [
      ("steps", 4), ("batch_size", 30), ("report_every", 2), ("process", ["steps": 5]),
    ]
    let run = try Run(
      NamedDensity(density), overrides: .object(JSONObject(base + settings)))
    try run.train()
    let report = try RunReport(
      run, overrides: ["samples": 200, "transport_samples": 50],
      provenance: ["command": "tightrope report <here>"])
    return report.html
  }

  @Test("says all figures with their verdicts")
  func figures() throws {
    let page = try page("25gmm")
    for word in [
      "elbo", "eubo", "wasserstein-2", "modes-found", "Verdicts", "Importance weights",
      "Coordinate 2", "exact samples", "tightrope report &lt;here&gt;", "process.steps",
    ] { #expect(page.contains(word), "\(word)") }
    #expect(page.contains("class=\"fail\"") || page.contains("class=\"warn\""))
    for word in ["http", "<script"] { #expect(!page.contains(word)) }
  }

  @Test(
    "is made for any density", arguments: ["many-well", "logistic-regression", "vae-posteriors"])
  func others(density: String) throws {
    #expect(try page(density).contains("In short"))
  }

  @Test("is the same for the same run")
  func same() throws { #expect(try page("ring") == page("ring")) }
}
