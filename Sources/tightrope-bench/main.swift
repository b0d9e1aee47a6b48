import Densities
import Samplers
import Storage
import Training

final class P: TrainingListener {
  func receive(_ e: TrainingEvent) { if case .step(let r) = e { print(r.step, r.loss, r.logZ, r.elbo, r.gradientNorm, r.energyCalls) } }
  func poll() {}
}
let clock = ContinuousClock()
let args = CommandLine.arguments
let steps = args.count > 1 ? Int(args[1])! : 100
let run = try Run(try NamedDensity("25gmm"), overrides: ["steps": .integer(Int64(steps)), "report_every": 500, "network": ["langevin": .string(args.count > 2 ? args[2] : "auto")]])
let t = try clock.measure { try run.train(P()) }
print(t / steps, run.checksum)
let t2 = try clock.measure { print(try run.sample(2000, seed: 1).checksum) }
print(t2)
if steps > 500 {
let t3 = try clock.measure { for m in try run.evaluate().metrics { print(m.name, m.value, m.low, m.high, m.truth ?? -1, m.floor ?? -1, m.verdict, m.reason) } }
print(t3)
}
