/// Where a method comes from.
public struct Reference: Codable, Sendable, Equatable, CustomStringConvertible {
  /// The names, for example Sendera, Kim, Mittal, et al.
  public let authors: String
  /// Year of publication.
  public let year: Int
  /// Full title.
  public let title: String
  /// For example "arXiv:2402.05098".
  public let identifier: String

  /// Names a source.
  public init(_ authors: String, _ year: Int, _ title: String, _ identifier: String) {
    self.authors = authors
    self.year = year
    self.title = title
    self.identifier = identifier
  }

  /// One line for a list of references.
  public var description: String { "\(authors) (\(year)). \(title). \(identifier)" }
}
