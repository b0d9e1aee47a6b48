// swift-tools-version: 6.1
import PackageDescription

// The layers, lowest first. A target imports only targets above it in this list
// (ArchitectureTests compares the imports with these declarations).

// MARK: - Instruction sets

/// The vector loops are one set of sources compiled once per instruction set.
///
/// The folders `KernelsAVX2` and `KernelsAVX512` hold symbolic links to those of `KernelsPortable`.
/// Without cross-module optimisation: a caller built for a lesser processor must not inline them.
/// `-num-threads` makes the whole-module build emit one object per file, as SwiftPM expects.
struct InstructionSet {
  let name: String
  let flags: [String]
  var target: Target {
    .target(
      name: "Kernels" + name,
      dependencies: ["CVectors", "KernelTables"],
      swiftSettings: [
        .unsafeFlags(["-Ounchecked", "-wmo", "-num-threads", "1", "-disable-cmo"] + flags)
      ])
  }
  static func x86(_ name: String, cpu: String, defines: [String] = []) -> InstructionSet {
    InstructionSet(
      name: name,
      flags: ["-target-cpu", cpu, "-Xcc", "-march=" + cpu] + defines.map { "-D" + $0 })
  }
}

// Without multiply-add instructions the C library's calls take the time: small code does as well.
#if arch(x86_64)
  let instructionSets = [
    InstructionSet(name: "Portable", flags: ["-Osize"]),
    .x86("AVX2", cpu: "haswell"),
    .x86("AVX512", cpu: "skylake-avx512", defines: ["WIDE_REGISTERS"]),
  ]
#else
  let instructionSets = [InstructionSet(name: "Portable", flags: [])]
#endif
let kernelTargets = instructionSets.map(\.target)
let kernelNames: [Target.Dependency] = instructionSets.map {
  .init(stringLiteral: "Kernels" + $0.name)
}

/// Release builds of the program hold the Swift runtime, so that they run where there is no Swift.
///
/// The parser of arguments needs the smallest part of Foundation, which is looked at first: whatever reaches for
/// more brings 30 MB along. The libraries depend on one another; without the group the linker
/// leaves symbols undefined.
let foundationParts = [
  "FoundationEssentials", "swiftSynchronization", "_FoundationCShims", "_FoundationCollections",
]
let selfContained: [LinkerSetting] = [
  .unsafeFlags(
    ["-static-stdlib", "-Xlinker", "--gc-sections", "-Xlinker", "-s", "-Xlinker", "--start-group"]
      + foundationParts.map { "-l" + $0 } + ["-Xlinker", "--end-group"],
    .when(platforms: [.linux], configuration: .release))
]

/// What the shared library shows: the C interface, and nothing of Swift.
let exports = Context.packageDirectory + "/packaging/exports.map"

let package = Package(
  name: "Tightrope",
  products: [
    .library(
      name: "Tightrope",
      targets: [
        "Experiments", "Samplers", "Chains", "Densities", "Kernels", "Metrics", "Numerics",
        "Objectives", "Storage", "Training",
      ]),
    .library(name: "CTightrope", type: .dynamic, targets: ["SharedLibrary"]),
    .library(name: "CTightropeStatic", type: .static, targets: ["Interface"]),
    .executable(name: "tightrope", targets: ["tightrope"]),
    .executable(name: "tightrope-bench", targets: ["tightrope-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets:  // MARK: - Layer 0: arithmetic
  [
    .target(name: "CProcessor"),
    .target(name: "CVectors"),
    .target(name: "KernelTables"),
  ] + kernelTargets + [
    .target(name: "Kernels", dependencies: ["CProcessor", "KernelTables"] + kernelNames),

    // MARK: - Layer 1: engine
    .target(name: "Numerics", dependencies: ["KernelTables", "Kernels"]),
    .target(name: "Storage"),
    .target(name: "Catalogs", dependencies: ["Storage"]),
    .target(name: "Tensors", dependencies: ["KernelTables", "Kernels"]),

    // MARK: - Layer 2: nouns
    .target(name: "Networks", dependencies: ["KernelTables", "Kernels", "Tensors"]),
    .target(
      name: "Optimizers",
      dependencies: ["Catalogs", "KernelTables", "Kernels", "Storage", "Tensors"]),
    .target(
      name: "Diffusions",
      dependencies: ["Catalogs", "KernelTables", "Kernels", "Storage", "Tensors"]),

    // MARK: - Layer 3: methods
    .target(name: "Training", dependencies: ["Kernels", "Networks", "Optimizers", "Tensors"]),
    .target(
      name: "Tasks",
      dependencies: [
        "KernelTables", "Kernels", "Networks", "Optimizers", "Storage", "Tensors", "Training",
      ]),
    .target(
      name: "Densities",
      dependencies: ["Catalogs", "KernelTables", "Kernels", "Numerics", "Storage", "Tasks"]),
    .target(name: "Objectives", dependencies: ["Catalogs", "Kernels", "Storage"]),
    .target(name: "Metrics", dependencies: ["Catalogs", "Densities", "Kernels", "Numerics"]),
    .target(
      name: "Chains", dependencies: ["Catalogs", "Densities", "Kernels", "Metrics", "Storage"]),

    // MARK: - Layer 4: algorithms
    .target(
      name: "Samplers",
      dependencies: [
        "Catalogs", "Chains", "Densities", "Diffusions", "KernelTables", "Kernels", "Metrics",
        "Networks", "Numerics", "Objectives", "Optimizers", "Storage", "Tensors", "Training",
      ]),

    // MARK: - Layer 5: experiments
    .target(
      name: "Experiments",
      dependencies: [
        "Catalogs", "Chains", "Densities", "Diffusions", "KernelTables", "Kernels", "Metrics",
        "Objectives", "Optimizers", "Samplers", "Storage", "Tasks", "Training",
      ]),

    .target(
      name: "Reports",
      dependencies: ["Densities", "Experiments", "Kernels", "Metrics", "Samplers", "Storage"]),

    // MARK: - Measuring
    .target(name: "CAllocations"),

    // MARK: - Surfaces
    .target(name: "CTightrope"),
    .target(name: "CErrorText"),
    .target(
      name: "Interface",
      dependencies: [
        "CErrorText", "CTightrope", "Catalogs", "Chains", "Densities", "Experiments", "Kernels",
        "Metrics", "Objectives", "Reports", "Samplers", "Storage", "Tasks", "Training",
      ]),
    .target(
      name: "SharedLibrary", dependencies: ["Interface"],
      linkerSettings: [
        .unsafeFlags(["-static-stdlib", "-Xlinker", "-soname", "-Xlinker", "libtightrope.so.0"]),
        .unsafeFlags(
          ["--gc-sections", "-s", "--version-script=" + exports].flatMap { ["-Xlinker", $0] },
          .when(platforms: [.linux], configuration: .release)),
      ]),
    .executableTarget(
      name: "tightrope",
      dependencies: [
        "CTightrope", "Catalogs", "Chains", "Densities", "Experiments", "KernelTables", "Kernels",
        "Metrics", "Objectives", "Reports", "Samplers", "Storage", "Tasks", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // Members of Foundation, which a dependency imports, stay out of sight: one would bring all of it.
      swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")],
      linkerSettings: selfContained),
    .executableTarget(
      name: "tightrope-bench",
      dependencies: [
        "CAllocations", "Densities", "Experiments", "KernelTables", "Kernels", "Networks",
        "Optimizers", "Samplers", "Storage", "Tensors", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // MARK: - Tests
    .target(
      name: "TestSupport", dependencies: ["KernelTables", "Kernels", "Networks", "Tensors"],
      path: "Tests/TestSupport"),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "KernelTables", "TestSupport"]),
    .testTarget(name: "NumericsTests", dependencies: ["Kernels", "Numerics", "TestSupport"]),
    .testTarget(name: "StorageTests", dependencies: ["Storage"]),
    .testTarget(
      name: "TensorsTests", dependencies: ["KernelTables", "Kernels", "Tensors", "TestSupport"]),
    .testTarget(
      name: "NetworksTests",
      dependencies: ["KernelTables", "Kernels", "Networks", "Tensors", "TestSupport"]),
    .testTarget(
      name: "OptimizersTests",
      dependencies: ["Catalogs", "Kernels", "Optimizers", "Storage", "Tensors", "TestSupport"]),
    .testTarget(
      name: "DiffusionsTests",
      dependencies: [
        "Diffusions", "KernelTables", "Kernels", "Objectives", "Storage", "Tensors", "TestSupport",
      ]),
    .testTarget(
      name: "TasksTests",
      dependencies: [
        "Kernels", "Networks", "Storage", "Tasks", "Tensors", "TestSupport",
      ]),
    .testTarget(
      name: "DensitiesTests",
      dependencies: [
        "Catalogs", "Densities", "Kernels", "Numerics", "Storage", "Tasks", "TestSupport",
      ]),
    .testTarget(name: "ObjectivesTests", dependencies: ["Objectives", "Storage", "TestSupport"]),
    .testTarget(
      name: "MetricsTests",
      dependencies: ["Densities", "Kernels", "Metrics", "Numerics", "TestSupport"]),
    .testTarget(
      name: "ChainsTests",
      dependencies: [
        "CAllocations", "Catalogs", "Chains", "Densities", "Kernels", "Metrics", "Storage",
        "TestSupport",
      ]),
    .testTarget(
      name: "SamplersTests",
      dependencies: [
        "CAllocations", "Catalogs", "Chains", "Densities", "Diffusions", "KernelTables", "Kernels",
        "Metrics", "Networks", "Objectives", "Optimizers", "Samplers", "Storage", "Tasks",
        "Tensors",
        "TestSupport", "Training",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "KernelTables", "Kernels", "Networks", "Optimizers", "Tensors", "TestSupport", "Training",
      ]),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Densities", "Experiments", "Kernels", "Metrics", "Samplers", "Storage", "TestSupport",
        "Training",
      ]),
    .testTarget(
      name: "ReportsTests", dependencies: ["Densities", "Reports", "Samplers", "Storage"]),
    .testTarget(name: "InterfaceTests", dependencies: ["CTightrope", "Interface"]),
    .testTarget(name: "ArchitectureTests", dependencies: ["Catalogs", "Experiments"]),
    // Runs the built program; a dependency would link its own main program into the tests.
    .testTarget(name: "CommandLineTests", dependencies: ["Storage"], exclude: ["Snapshots"]),
  ]
)

// MARK: - Size

/// Each function in a section of its own, so that the linker leaves out what nothing calls, and one copy of
/// what is the same.
let sections = ["-Xfrontend", "-function-sections"]

/// Parts that do no loops over numbers are built small.
let small: Set = ["Catalogs", "Experiments", "Interface", "Reports", "tightrope"]

for target in package.targets where target.type == .regular || target.type == .executable {
  let flags = sections + (small.contains(target.name) ? ["-Osize"] : [])
  let holdsSwift = !target.name.hasPrefix("C") || ["Catalogs", "Chains"].contains(target.name)
  if holdsSwift {
    target.swiftSettings =
      (target.swiftSettings ?? []) + [.unsafeFlags(flags, .when(configuration: .release))]
  }
}
