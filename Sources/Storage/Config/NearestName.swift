/// The candidate a wrong name most likely means, or nil when none is close.
///
/// The nearest spelling, or else what the name abbreviates, or else a candidate that is a word of it.
/// The first of equally close candidates wins.
package func nearestName(to name: String, in candidates: some Sequence<String>) -> String? {
  nearestSpelling(to: name, in: candidates)
    ?? candidates.first { isAbbreviation(name, of: $0) }
    ?? candidates.first { words(of: name).contains($0) }
}

/// The candidate a misspelt name most likely means, or nil when none is close.
///
/// Close means: at most one edit in three characters (and one edit in short names), where an edit
/// inserts, deletes or replaces a character or swaps two neighbours. Case does not count.
private func nearestSpelling(to name: String, in candidates: some Sequence<String>) -> String? {
  let limit = max(1, name.count / 3)
  let distances = candidates.map { (name: $0, edits: editDistance(name, $0)) }
  guard let best = distances.min(by: { $0.edits < $1.edits }), best.edits <= limit else {
    return nil
  }
  return best.name
}

/// Whether a name is made of the first letters of another's words, as `lr` of `learning_rate`.
private func isAbbreviation(_ name: String, of other: String) -> Bool {
  name.count > 1 && name.lowercased() == String(words(of: other).compactMap(\.first))
}

private func words(of name: String) -> [String] {
  name.lowercased().split { $0 == "_" || $0 == "-" }.map(String.init)
}

/// What an unknown name may mean: the nearest candidate, then those that it is a part of or has in it.
///
/// The latter come shortest first. Case does not count; two letters say too little to be a part.
package func similarNames(to name: String, in candidates: [String]) -> [String] {
  let nearest = nearestName(to: name, in: candidates)
  let word = name.lowercased()
  let related = candidates.filter { candidate in
    let other = candidate.lowercased()
    return candidate != nearest && min(word.count, other.count) > 2
      && (other.contains(word) || word.contains(other))
  }
  let shortestFirst = related.enumerated().sorted { first, second in
    (first.element.count, first.offset) < (second.element.count, second.offset)
  }
  return (nearest.map { [$0] } ?? []) + shortestFirst.map(\.element)
}

/// The number of edits between two names (optimal string alignment; time and memory: the product
/// of the lengths).
func editDistance(_ first: String, _ second: String) -> Int {
  let a = Array(first.lowercased())
  let b = Array(second.lowercased())
  var edits = [[Int]](repeating: Array(0...b.count), count: a.count + 1)
  for i in a.indices {
    edits[i + 1][0] = i + 1
    for j in b.indices {
      let isSwap = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]
      edits[i + 1][j + 1] = min(
        edits[i][j + 1] + 1,
        edits[i + 1][j] + 1,
        edits[i][j] + (a[i] == b[j] ? 0 : 1),
        isSwap ? edits[i - 1][j - 1] + 1 : .max)
    }
  }
  return edits[a.count][b.count]
}
