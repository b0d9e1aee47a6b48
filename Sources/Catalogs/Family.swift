import Storage

/// A catalogue whose members are only described, whatever they make.
public struct Family: Sendable {
  /// What is known of one member.
  public struct Member: Sendable {
    /// The name users type.
    public let name: String
    /// One sentence.
    public let summary: String
    /// The default configuration.
    public let defaults: JSONValue
    /// Sources.
    public let references: [Reference]

    /// Describes a member without settings.
    public init(
      _ name: String, _ summary: String, defaults: JSONValue = .object(JSONObject()),
      references: [Reference] = []
    ) {
      self.name = name
      self.summary = summary
      self.defaults = defaults
      self.references = references
    }

    /// All of it as one object.
    public var description: JSONValue {
      [
        "name": .string(name), "summary": .string(summary), "config": defaults,
        "references": .array(references.map { .string($0.description) }),
      ]
    }
  }

  /// The name of the family, a plural.
  public let name: String
  /// What one member is called in messages.
  public let kind: String
  /// The members.
  public let members: [Member]

  /// Collects members.
  public init(_ name: String, kind: String, _ members: [Member]) {
    self.name = name
    self.kind = kind
    self.members = members
  }

  /// The members of a catalogue.
  public init<Product>(_ name: String, _ catalog: Catalog<Product>) {
    self.init(
      name, kind: catalog.kind,
      catalog.entries.map {
        Member($0.name, $0.summary, defaults: $0.defaults, references: $0.references)
      })
  }

  /// The member of a name.
  /// - Throws: `ConfigError.unknownChoice` with the nearest name.
  public func member(_ name: String) throws(ConfigError) -> Member {
    if let member = members.first(where: { $0.name == name }) { return member }
    let names = members.map(\.name)
    throw .unknownChoice(
      path: kind, value: name, suggestion: nearestName(to: name, in: names), choices: names)
  }
}
