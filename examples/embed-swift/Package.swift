// swift-tools-version: 6.3

// A program of its own that uses Tightrope as a library: `swift run -c release embed`.
import PackageDescription

let package = Package(
  name: "embed",
  dependencies: [
    // In your own package, the repository's address in place of the path.
    .package(name: "Tightrope", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "embed", dependencies: [.product(name: "Tightrope", package: "Tightrope")])
  ]
)
