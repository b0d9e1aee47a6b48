import CVectors
import KernelTables

// Images normalised over pixels and groups of channels:
//
//     n = (x - mean) r,  r = 1 / √(variance + ε),  z = gain n + bias,  y = z or z / (1 + exp(-z))
//
// Goals, in order: the same bits on every processor (vectors run along the channels, so sums over pixels
// do not depend on their width); accuracy (the variance is of differences, in a pass of its own; sums
// are of runs of 64 pixels and then of runs); speed: sixteen channels at a time go through all pixels,
// their constants in registers.

/// Pixels of a run.
private let runPixels = 64

extension VectorKernels {
  package static func normalizeChannels(
    _ plan: ChannelNormalization, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    statistics: UnsafeMutableRawPointer, workspace: UnsafeMutableRawPointer
  ) {
    for image in 0..<(plan.pixels > 0 ? plan.images : 0) {
      let offset = image * plan.pixels * plan.channels
      let own = NormalizedImage(
        plan, x.floats + offset, statistics: statistics.floats + 2 * image * plan.groups,
        workspace: workspace.floats)
      own.measure()
      own.spreadStatistics()
      if plan.appliesSiLU {
        own.write(to: y.floats + offset) { silu($0) }
      } else {
        own.write(to: y.floats + offset) { $0 }
      }
    }
  }

  package static func normalizeChannelsGradient(
    _ plan: ChannelNormalization, _ x: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    statistics: UnsafeRawPointer, to dx: UnsafeMutableRawPointer?, accumulating: Bool,
    gain: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?,
    workspace: UnsafeMutableRawPointer
  ) {
    for image in 0..<(plan.pixels > 0 ? plan.images : 0) {
      let offset = image * plan.pixels * plan.channels
      let own = NormalizedImage(
        plan, x.floats + offset,
        statistics: UnsafeMutablePointer(mutating: statistics.floats + 2 * image * plan.groups),
        workspace: workspace.floats)
      own.spreadStatistics()
      var dz = dy.floats + offset
      if plan.appliesSiLU { dz = own.slopes(dz) }
      own.sumSlopes(dz)
      if let bias { accumulate(own.sums, into: bias, count: plan.channels) }
      if let gain { accumulate(own.products, into: gain, count: plan.channels) }
      if let dx { own.send(dz, to: dx.floats + offset, accumulating: accumulating) }
    }
  }
}

/// One image and what is known of it.
private struct NormalizedImage {
  let plan: ChannelNormalization
  let x: UnsafePointer<Float>
  /// Mean and reciprocal root of each group.
  let statistics: UnsafeMutablePointer<Float>
  /// For each channel: the mean and reciprocal root of its group, and sums over pixels.
  let centres, factors, sums, products: UnsafeMutablePointer<Float>
  /// Room for ∂ loss / ∂ z.
  let image: UnsafeMutablePointer<Float>

  init(
    _ plan: ChannelNormalization, _ x: UnsafePointer<Float>,
    statistics: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    (self.plan, self.x, self.statistics) = (plan, x, statistics)
    let channels = plan.channels
    (centres, factors) = (workspace, workspace + channels)
    (sums, products) = (workspace + 2 * channels, workspace + 3 * channels)
    image = workspace + 4 * channels
  }

  /// Finds mean and reciprocal root of every group.
  func measure() {
    addUp(to: sums) { j, run, _, pixel in run.load(pixel + j) }
    forEachGroup { group, channels, count in
      let mean = Float(total(sums, channels) / count)
      statistics[2 * group] = mean
      for c in channels { centres[c] = mean }
    }
    addUp(to: sums) { j, run, centre, pixel in
      let difference = run.load(pixel + j) - centre
      return difference * difference
    }
    forEachGroup { group, channels, count in
      let variance = total(sums, channels) / count
      statistics[2 * group + 1] = Float(1 / (variance + plan.epsilon).squareRoot())
    }
  }

  /// Copies each group's statistics to its channels.
  func spreadStatistics() {
    forEachGroup { group, channels, _ in
      for c in channels {
        centres[c] = statistics[2 * group]
        factors[c] = statistics[2 * group + 1]
      }
    }
  }

  /// Calls `body` with each group, its channels, and the number of its elements.
  @inline(__always) private func forEachGroup(
    _ body: (_ group: Int, _ channels: Range<Int>, _ count: Double) -> Void
  ) {
    let width = plan.channels / plan.groups
    let count = Double(width * plan.pixels)
    for group in 0..<plan.groups { body(group, group * width..<(group + 1) * width, count) }
  }

  private func total(_ sums: UnsafeMutablePointer<Float>, _ channels: Range<Int>) -> Double {
    var total = 0.0
    for c in channels { total += Double(sums[c]) }
    return total
  }

  /// Writes the sum over pixels of a function of each channel.
  @inline(__always) private func addUp(
    to out: UnsafeMutablePointer<Float>,
    _ term: (_ j: Int, _ run: Run, _ centre: Lanes, _ pixel: UnsafePointer<Float>) -> Lanes
  ) {
    forEachRun(plan.channels) { j, run in
      let centre = run.load(UnsafePointer(centres + j))
      var (sum, part, left) = (Lanes(), Lanes(), runPixels)
      var pixel = x
      for _ in 0..<plan.pixels {
        part += term(j, run, centre, pixel)
        pixel += plan.channels
        left &-= 1
        if left == 0 {
          sum += part
          (part, left) = (Lanes(), runPixels)
        }
      }
      run.store(sum + part, out + j)
    }
  }

  /// y = f(z).
  @inline(__always) func write(
    to y: UnsafeMutablePointer<Float>, _ f: (Lanes) -> Lanes
  ) {
    forEachRun(plan.channels) { j, run in
      let (centre, scale, bias) = constants(j, run)
      var (from, to) = (x + j, y + j)
      for _ in 0..<plan.pixels {
        run.store(f(multiplyAdd(run.load(from) - centre, scale, bias)), to)
        from += plan.channels
        to += plan.channels
      }
    }
  }

  /// Mean, gain r, and bias of some channels.
  @inline(__always) private func constants(
    _ j: Int, _ run: Run
  ) -> (centre: Lanes, scale: Lanes, bias: Lanes) {
    (
      run.load(UnsafePointer(centres + j)),
      run.load(UnsafePointer(factors + j)) * run.load(plan.gain.floats + j),
      run.load(plan.bias.floats + j)
    )
  }

  /// ∂ loss / ∂ z from that by y = z / (1 + exp(-z)).
  func slopes(_ dy: UnsafePointer<Float>) -> UnsafePointer<Float> {
    forEachRun(plan.channels) { j, run in
      let (centre, scale, bias) = constants(j, run)
      var (from, slope, to) = (x + j, dy + j, image + j)
      for _ in 0..<plan.pixels {
        let z = multiplyAdd(run.load(from) - centre, scale, bias)
        run.store(siluWithDerivative(z).derivative * run.load(slope), to)
        from += plan.channels
        slope += plan.channels
        to += plan.channels
      }
    }
    return UnsafePointer(image)
  }

  /// Σ dz and Σ dz n over the pixels of each channel.
  func sumSlopes(_ dz: UnsafePointer<Float>) {
    let ahead = dz - x
    addUp(to: sums) { j, run, _, pixel in run.load(pixel + ahead + j) }
    addUp(to: products) { j, run, centre, pixel in
      (run.load(pixel + j) - centre) * run.load(pixel + ahead + j)
    }
    for c in 0..<plan.channels { products[c] *= factors[c] }
  }

  /// dx = r (gain dz - mean(gain dz) - n mean(gain dz n)), the means over the group.
  func send(_ dz: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, accumulating: Bool) {
    let gain = plan.gain.floats
    forEachGroup { _, channels, count in
      var (sum, product) = (0.0, 0.0)
      for c in channels {
        sum += Double(gain[c]) * Double(sums[c])
        product += Double(gain[c]) * Double(products[c])
      }
      let r = factors[channels.lowerBound]
      for c in channels {
        sums[c] = 0 - r * Float(sum / count)
        products[c] = 0 - r * r * Float(product / count)
      }
    }
    forEachRun(plan.channels) { j, run in
      let (centre, scale, _) = constants(j, run)
      let shift = run.load(UnsafePointer(sums + j))
      let along = run.load(UnsafePointer(products + j))
      var (from, slope, to) = (x + j, dz + j, dx + j)
      for _ in 0..<plan.pixels {
        let start = accumulating ? run.load(UnsafePointer(to)) + shift : shift
        let moved = multiplyAdd(run.load(from) - centre, along, start)
        run.store(multiplyAdd(run.load(slope), scale, moved), to)
        from += plan.channels
        slope += plan.channels
        to += plan.channels
      }
    }
  }
}
