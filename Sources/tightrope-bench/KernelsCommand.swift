import ArgumentParser
import KernelTables
import Kernels

/// Times kernels on one thread.
struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Kernels on one thread, at the sizes of samplers.")

  @OptionGroup var options: MeasureOptions

  func run() throws {
    let products = [
      (30, 64, 64), (300, 64, 64), (30_000, 64, 64), (512, 256, 256), (51_200, 256, 256),
      (2048, 2048, 2048),
    ].map {
      product(rows: $0.0, columns: $0.1, depth: $0.2)
    }
    let functions = ElementwiseFunction.allCases.map(elementwise)
    report(products + functions + [normals()], asJSON: options.json)
  }

  private func product(rows: Int, columns: Int, depth: Int) -> Row {
    let a = filled(rows * depth)
    let b = filled(depth * columns)
    let c = filled(rows * columns)
    defer { [a, b, c].forEach { $0.deallocate() } }
    let operations = 2 * Double(rows * columns * depth)
    let calls = max(1, Int(1e9 / operations))
    let product = MatrixProduct(a: a, b: b, c: c, rows: rows, columns: columns, depth: depth)
    let kernels = InstructionSet.active.kernels
    return Row(
      "product \(rows)x\(depth)x\(columns)", repeats: options.repeats, operations: operations
    ) {
      seconds { for _ in 0..<calls { kernels.product(product) } } / Double(calls)
    }
  }

  private func elementwise(_ function: ElementwiseFunction) -> Row {
    let count = 16_384
    let x = filled(count)
    let y = filled(count)
    defer { [x, y].forEach { $0.deallocate() } }
    let kernels = InstructionSet.active.kernels
    let calls = 200
    return Row("\(function.rawValue) x 16384", repeats: options.repeats) {
      seconds { for _ in 0..<calls { kernels.map(function, x, to: y, count: count) } }
        / Double(calls)
    }
  }

  private func normals() -> Row {
    let rows = 4096
    let out = filled(4 * rows)
    defer { out.deallocate() }
    let kernels = InstructionSet.active.kernels
    let calls = 200
    return Row("normals x 16384", repeats: options.repeats) {
      seconds {
        for call in 0..<calls {
          kernels.normals(
            key: UInt64(call), step: 0, firstRow: 0, rows: rows, columns: 4, to: out)
        }
      } / Double(calls)
    }
  }

  private func filled(_ count: Int) -> UnsafeMutablePointer<Float> {
    let buffer = UnsafeMutablePointer<Float>.allocate(capacity: count)
    for i in 0..<count { buffer[i] = Float(i % 17) * 0.1 + 0.05 }
    return buffer
  }
}
