import Metrics
import Storage

/// Something that the doctor looked at.
struct Finding {
  /// What was looked at, in a word or two.
  let name: String
  let verdict: Verdict
  /// What was found and, unless it is well, what to do.
  let text: String

  init(_ name: String, _ verdict: Verdict, _ text: String) {
    (self.name, self.verdict, self.text) = (name, verdict, text)
  }

  var json: JSONValue {
    ["name": .string(name), "verdict": .string(verdict.rawValue), "text": .string(text)]
  }
}
