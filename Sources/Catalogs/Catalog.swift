import Storage

/// The named members of one family, each made from a configuration of its own.
///
/// The one list that the command line, configuration files, C, Python, documents and tests read: a
/// new member is a file of its own and a row here.
public struct Catalog<Product>: Sendable {
  /// One member.
  public struct Entry: Sendable {
    /// The name users type.
    public let name: String
    /// One sentence.
    public let summary: String
    /// Sources.
    public let references: [Reference]
    /// The default configuration.
    public let defaults: JSONValue
    /// Makes the member from overrides of the defaults.
    public let make: @Sendable (JSONValue) throws -> Product

    /// A row: `make` receives the defaults with the user's overrides over them.
    public init<Config: Codable & Sendable>(
      _ name: String, _ summary: String, references: [Reference], _ defaults: Config,
      _ make: @escaping @Sendable (Config) throws -> Product
    ) {
      self.name = name
      self.summary = summary
      self.references = references
      self.defaults = (try? ConfigEncoder().encode(defaults)) ?? .object(JSONObject())
      self.make = { overrides in try make(resolve(defaults, overrides: overrides)) }
    }

    private init(
      _ name: String, _ summary: String, _ references: [Reference], _ defaults: JSONValue,
      _ make: @escaping @Sendable (JSONValue) throws -> Product
    ) {
      (self.name, self.summary, self.references) = (name, summary, references)
      (self.defaults, self.make) = (defaults, make)
    }

    /// The row of something made of this one's product.
    public func map<Other>(
      _ transform: @escaping @Sendable (Product) throws -> Other
    ) -> Catalog<Other>.Entry {
      let make = make
      return Catalog<Other>.Entry(name, summary, references, defaults) { try transform(make($0)) }
    }
  }

  /// What a member is called in messages, for example "density".
  public let kind: String
  /// The rows.
  public let entries: [Entry]

  /// Collects rows.
  public init(_ kind: String, _ entries: [Entry]) {
    self.kind = kind
    self.entries = entries
  }

  /// All names, in the order of the rows.
  public var names: [String] { entries.map(\.name) }

  /// The row with a name.
  /// - Parameter path: Where the name was given, as the error says it; by default the kind.
  /// - Throws: `ConfigError.unknownChoice` with the nearest name.
  public func entry(_ name: String, at path: String? = nil) throws(ConfigError) -> Entry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    throw .unknownChoice(
      path: path ?? kind, value: name, suggestion: nearestName(to: name, in: names), choices: names)
  }
}

/// A configuration without keys.
public struct NoConfig: Codable, Sendable, Equatable {
  /// The only value.
  public init() {}
}
