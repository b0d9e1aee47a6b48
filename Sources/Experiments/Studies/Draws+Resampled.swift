import Chains
import Kernels
import Samplers

extension Draws {
  /// Points by weight, each as often as systematic resampling says, however heavy the weights' tail.
  func resampled(_ count: Int, seed: UInt64) -> [Float] {
    var words = RandomStream(seed: seed).folding(.resampling).words(of: .uniform, row: 0)
    return systematicResampling(logWeights, u: words.unit(), count: count)
      .flatMap { x[$0 * dimension..<($0 + 1) * dimension] }
  }
}
