import ArgumentParser
import KernelTables
import Kernels

/// Times kernels.
struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract:
      "Kernels at the sizes of samplers, and what part of the processor's speed they reach.",
    discussion: """
      Matrix products are rows x depth x columns, A or B transposed where the name ends in -at or -bt, on
      one thread and on all. The ceiling is the rate of multiply-adds that touch no memory,
      measured in the same run.
      """)

  @OptionGroup var options: MeasureOptions

  func run() throws {
    let pools = ThreadPool.oneAndAll
    let ceiling = Ceiling()
    try options.measure(
      ProductShape.all.map { product($0, pools, ceiling) }
        + ElementwiseFunction.allCases.map(elementwise) + [normals])
  }

  private func product(
    _ shape: ProductShape, _ pools: [ThreadPool], _ ceiling: Ceiling
  ) -> Measurement {
    Measurement(name: shape.name) { repeats in
      let a = filled(shape.rows * shape.depth)
      let b = filled(shape.depth * shape.columns)
      let c = filled(shape.rows * shape.columns)
      defer { [a, b, c].forEach { $0.deallocate() } }
      let product = shape.product(a, b, c)
      let calls = max(1, Int(2e8 / shape.operations))
      return pools.map { pool in
        Row(
          shape.name, repeats: repeats, threads: pool.threads, operations: shape.operations,
          ceiling: ceiling.rate(of: pool)
        ) {
          seconds { for _ in 0..<calls { pool.product(product) } } / Double(calls)
        }
      }
    }
  }

  private func elementwise(_ function: ElementwiseFunction) -> Measurement {
    Measurement(name: function.rawValue) { repeats in
      let (count, calls) = (16_384, 200)
      let x = filled(count)
      let y = filled(count)
      defer { [x, y].forEach { $0.deallocate() } }
      let kernels = InstructionSet.active.kernels
      return [
        Row(function.rawValue, repeats: repeats, threads: 1) {
          seconds { for _ in 0..<calls { kernels.map(function, x, to: y, count: count) } }
            / Double(calls)
        }
      ]
    }
  }

  private var normals: Measurement {
    Measurement(name: "normals") { repeats in
      let (rows, calls) = (4096, 200)
      let out = filled(4 * rows)
      defer { out.deallocate() }
      let kernels = InstructionSet.active.kernels
      return [
        Row("normals", repeats: repeats, threads: 1) {
          seconds {
            for call in 0..<calls {
              kernels.normals(
                key: UInt64(call), step: 0, firstRow: 0, rows: rows, columns: 4, to: out)
            }
          } / Double(calls)
        }
      ]
    }
  }
}
