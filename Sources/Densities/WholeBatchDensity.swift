/// A density that is best asked once for all points of a step, on one thread.
///
/// Functions of the user's are such: they cost more to call than to evaluate, and are never called by two
/// threads at once.
public protocol WholeBatchDensity: Density {}

extension FunctionDensity: WholeBatchDensity {}
extension DifferentiableFunctionDensity: WholeBatchDensity {}
extension ConditionalFunctionDensity: WholeBatchDensity where Function: WholeBatchDensity {}
