/// Values of the latest points that were evaluated, so many at most.
struct PointMemory {
  /// A point and its condition, bit by bit.
  struct Key: Hashable {
    private let words: [UInt32]

    init(_ points: Points, row: Int) {
      var words = points[row].map(\.bitPattern)
      if let conditions = points.conditions {
        words.append(UInt32(bitPattern: conditions[row]))
      }
      self.words = words
    }
  }

  /// What is known of a point.
  struct Answer {
    let value: Float
    /// [D]; nil where it was not asked for.
    let score: [Float]?
  }

  private let capacity: Int
  private var answers: [Key: Answer] = [:]
  private var order: [Key] = []
  private var oldest = 0

  init(capacity: Int) { self.capacity = capacity }

  /// What is known of a point, if it is enough.
  func answer(_ key: Key, wantsScore: Bool) -> Answer? {
    guard let answer = answers[key], answer.score != nil || !wantsScore else { return nil }
    return answer
  }

  /// Remembers a point in place of the oldest, where there are so many.
  mutating func remember(_ key: Key, _ answer: Answer) {
    let isKnown = answers.updateValue(answer, forKey: key) != nil
    guard !isKnown else { return }
    guard order.count == capacity else { return order.append(key) }
    answers[order[oldest]] = nil
    order[oldest] = key
    oldest = (oldest + 1) % capacity
  }
}
