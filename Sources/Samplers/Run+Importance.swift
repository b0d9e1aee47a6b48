import Chains
import Densities
import Kernels
import Metrics

extension Run {
  /// Keeps draws by weight, each as often as systematic resampling says.
  func importanceDraws(
    _ request: RefinementRequest, _ poll: () throws -> Void
  ) throws -> ChainDraws {
    let draws = try sample(
      request.draws * request.config.proposals, seed: request.seed, request.sampling, poll: poll)
    try RefinementError.check(draws.logWeights)
    var words = request.choices.words(of: .uniform, row: 0)
    let chosen = systematicResampling(draws.logWeights, u: words.unit(), count: request.draws)
    let order = request.choices.draw(Permutation(of: chosen.count), rows: 0..<1)
    let shuffled = order.map { chosen[$0] }
    return try request.chains(
      rows(shuffled, of: draws.x, columns: draws.dimension), rows(shuffled, of: draws.logDensity),
      dimension: draws.dimension, calls: (draws.energyCalls, draws.gradientCalls), ChainInfo(),
      weightFigures(draws.logWeights, request))
  }

  /// Chains that take each draw as a proposal, and go there with the chance min(1, w′ / w) of the weights.
  ///
  /// The first tenth of each is not kept. The chains' target is the distribution of paths whose ends are
  /// the density's, with which w is the ratio to the sampler's.
  /// Reference: Tierney (1994), *Markov chains for exploring posterior distributions*, section 2.3.3,
  /// doi:10.1214/aos/1176325750
  func independenceDraws(
    _ request: RefinementRequest, _ poll: () throws -> Void
  ) throws -> ChainDraws {
    let warmUp = max(10, request.draws / 10)
    let length = warmUp + request.draws
    let draws = try sample(
      request.chains * length, seed: request.seed, request.sampling, poll: poll)
    try RefinementError.check(draws.logWeights)
    var info = ChainInfo()
    var chosen: [Int] = []
    for chain in 0..<request.chains {
      var place = chain * length
      for step in 1...length {
        if step > warmUp { chosen.append(place) }
        guard step < length else { break }
        let proposal = chain * length + step
        let ratio = draws.logWeights[proposal] - draws.logWeights[place]
        var words = request.choices.words(of: .uniform, step: 1, row: proposal)
        let moves = words.unit() < scalarExp(min(0, ratio))
        info.proposals += 1
        if moves { (place, info.accepted) = (proposal, info.accepted + 1) }
      }
    }
    return try request.chains(
      rows(chosen, of: draws.x, columns: draws.dimension), rows(chosen, of: draws.logDensity),
      dimension: draws.dimension, calls: (draws.energyCalls, draws.gradientCalls), info,
      weightFigures(draws.logWeights, request))
  }

  /// What weights tell: log Z, how many exact draws they are worth, how heavy their tail is.
  private func weightFigures(_ logWeights: [Double], _ request: RefinementRequest) -> [Metric] {
    let truth = knownLogNormalizer
    return [
      logNormalizer(logWeights, truth: truth),
      effectiveShare(logWeights), paretoShape(logWeights),
    ]
  }
}
