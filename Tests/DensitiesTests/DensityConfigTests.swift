import Densities
import Storage
import Testing

@Suite("The configuration of every density")
struct DensityConfigTests {
  @Test("opens the same density when written and read", arguments: densities.names)
  func roundTrip(_ name: String) throws {
    let defaults = try densities.entry(name).defaults
    let written = try JSONValue(parsing: defaults.compact)
    #expect(written == defaults)
    let (a, b) = (try NamedDensity(name), try NamedDensity(name, config: written))
    let x = typicalPoints(a.density, 9)
    #expect(try logDensity(a.density, x) == logDensity(b.density, x))
    let description = a.description
    #expect(description["name"]?.string == name)
    #expect(description["dimension"] == .integer(Int64(a.density.dimension)))
    #expect(description["has_score"] == .bool(a.density is any DifferentiableDensity))
    #expect(description["has_samples"] == .bool(a.density is any SamplableDensity))
  }

  @Test("names the key of a bad setting", arguments: densities.names)
  func badConfigs(_ name: String) throws {
    #expect(path { try NamedDensity(name, config: ["nonsense": 1]) } == "nonsense")
    for entry in try densities.entry(name).defaults.object?.entries ?? [] {
      var overrides = JSONObject()
      overrides[entry.key] = ["a": 1]
      let key = path { try NamedDensity(name, config: .object(overrides)) }
      #expect(key == entry.key || key?.hasPrefix(entry.key + ".") == true)
    }
  }

  @Test("refuses numbers that make no sense")
  func badNumbers() {
    for name in ["9gmm", "funnel", "gaussian", "gaussian-mixture"] {
      for width: JSONValue in [0, -1] {
        #expect(
          path { try NamedDensity(name, config: ["standard_deviation": width]) }
            == "standard_deviation")
      }
    }
    for name in ["funnel", "gaussian", "many-well"] {
      #expect(path { try NamedDensity(name, config: ["dimension": 0]) } == "dimension")
    }
    #expect(path { try NamedDensity("9gmm", config: ["positions": []]) } == "positions")
    for means: JSONValue in [[], [[]], [[1, 2], [3]]] {
      #expect(path { try NamedDensity("gaussian-mixture", config: ["means": means]) } == "means")
    }
    for weights: JSONValue in [[1], [1, -1], [0, 1], [1, 2, 3]] {
      #expect(
        path { try NamedDensity("gaussian-mixture", config: ["weights": weights]) } == "weights")
    }
    #expect(path { try NamedDensity("25gm") } == "density")
  }

  /// A setting that its density must refuse, and the key that the error must name.
  static let refused: [(name: String, config: JSONValue, key: String)] = [
    ("gmm-40", ["components": 0], "components"),
    ("gmm-40", ["components": 400], "components"),
    ("gmm-40", ["dimension": 0], "dimension"),
    ("gmm-40", ["radius": 0], "radius"),
    ("gmm-40", ["standard_deviation": -1], "standard_deviation"),
    ("double-wells", ["dimension": 0], "dimension"),
    ("double-wells", ["wells": 6], "wells"),
    ("double-wells", ["wells": -1], "wells"),
    ("double-wells", ["separation": 0], "separation"),
    ("double-wells", ["separation": 101], "separation"),
    ("ring", ["radius": 0], "radius"),
    ("ring", ["radius": 1e300], "radius"),
    ("ring", ["standard_deviation": "inf"], "standard_deviation"),
    ("banana", ["dimension": 1], "dimension"),
    ("banana", ["standard_deviation": 0], "standard_deviation"),
    ("banana", ["curvature": "nan"], "curvature"),
    ("student-mixture", ["means": [[1], [1, 2]]], "means"),
    ("student-mixture", ["weights": [1]], "weights"),
    ("student-mixture", ["degrees_of_freedom": 0], "degrees_of_freedom"),
    ("student-mixture", ["width": 0], "width"),
    ("log-gaussian-cox", ["grid": 3], "grid"),
    ("log-gaussian-cox", ["grid": 0], "grid"),
    ("log-gaussian-cox", ["variance": 0], "variance"),
    ("log-gaussian-cox", ["correlation_length": -1], "correlation_length"),
    ("log-gaussian-cox", ["grid": 4, "correlation_length": 1e18], "correlation_length"),
    ("logistic-regression", ["data": "iris"], "data"),
    ("logistic-regression", ["data": "file"], "path"),
    ("logistic-regression", ["path": "a.csv"], "path"),
    ("logistic-regression", ["data": "file", "path": "/no/such.csv"], "path"),
    ("logistic-regression", ["data": "file", "path": "/no/such.npy"], "path"),
    ("logistic-regression", ["prior_standard_deviation": 0], "prior_standard_deviation"),
    ("logistic-regression", ["prior_standard_deviation": "nan"], "prior_standard_deviation"),
    ("vae-posterior", ["data": "/no/such/folder"], "data"),
    ("vae-posterior", ["image": 1797], "image"),
    ("vae-posterior", ["image": -1], "image"),
    ("vae-posterior", ["training": ["latent": 0]], "training.latent"),
    ("vae-posterior", ["training": ["batch_size": 0]], "training.batch_size"),
    ("vae-posterior", ["training": ["width": 1]], "training.width"),
    ("vae-posteriors", ["decoder": "/no/such.safetensors"], "decoder"),
    ("vae-posteriors", ["decoder": "a", "training": ["epochs": 2]], "training"),
    ("images", ["data": "/no/such/folder"], "data"),
    ("images", ["deviation": 0], "deviation"),
    ("images", ["classes": [10]], "classes"),
    ("class-likelihood", ["classes": []], "classes"),
    ("class-likelihood", ["classes": [10]], "classes"),
    ("class-likelihood", ["training": ["epochs": 0]], "training.epochs"),
    ("linear-measurement", ["matrix": [[1, 0]], "measurement": [1, 2]], "measurement"),
    ("linear-measurement", ["matrix": [[1, 0], [1]], "measurement": [1, 2]], "matrix"),
    ("linear-measurement", ["factor": 3], "factor"),
    ("linear-measurement", ["deviation": 0], "deviation"),
    ("affine", ["base": "gausian"], "base"),
    ("affine", ["base_settings": ["width": 1]], "base_settings.width"),
    ("affine", ["base_settings": ["dimension": -1]], "base_settings.dimension"),
    (
      "tempered", ["base": "affine", "base_settings": ["base_settings": ["mean": "x"]]],
      "base_settings.base_settings.mean"
    ),
    ("affine", ["shift": [1, 2, 3]], "shift"),
    ("affine", ["scale": [0]], "scale"),
    ("affine", ["scale": [1e-200]], "scale"),
    ("affine", ["scale": [1], "matrix": [[1, 0], [0, 1]]], "scale"),
    ("affine", ["matrix": [[1, 2], [2, 4]]], "matrix"),
    ("affine", ["matrix": [[1, 2]]], "matrix"),
    ("whitened", ["mean": [1, 2, 3]], "mean"),
    ("whitened", ["covariance": [[1, 2], [2, 1]]], "covariance"),
    ("whitened", ["covariance": [[1, 0.5], [0, 1]]], "covariance"),
    ("whitened", ["samples": "/no/such.npy"], "samples"),
    ("whitened", ["samples": "/no/such.npy", "mean": [1]], "samples"),
    ("positive", ["coordinates": [2]], "coordinates"),
    ("positive", ["coordinates": [-1]], "coordinates"),
    ("tempered", ["inverse_temperature": 0], "inverse_temperature"),
    ("tempered", ["inverse_temperature": 1e300], "inverse_temperature"),
  ]

  @Test("refuses each of these", arguments: refused.indices)
  func refusals(_ index: Int) {
    let (name, config, key) = Self.refused[index]
    #expect(path { try NamedDensity(name, config: config) } == key)
  }

  /// The path in the `ConfigError` that `body` throws.
  func path(_ body: () throws -> NamedDensity) -> String? {
    do {
      _ = try body()
      return nil
    } catch let error as ConfigError {
      switch error {
      case .unknownKey(let path, _, _), .missingKey(let path), .wrongType(let path, _, _),
        .outOfRange(let path, _, _), .unknownChoice(let path, _, _, _), .invalid(let path, _):
        return path
      case .malformedSetting: return nil
      }
    } catch { return "another error: \(error)" }
  }
}
