/// W2 between the energies -log ρ of draws and of exact samples, squared.
///
/// Rooted, it is the energy W2 of most tables; the square without a root is what iDEM reports under the
/// same name. One number a point: sensitive to wrong widths and wrong modes of unequal depth, blind to
/// swaps of equal ones.
/// Reference: Akhound-Sadegh et al. (2024), *Iterated denoising energy matching*, arXiv:2402.06121,
/// appendix: `dist` and `energy` W2 without the root
/// - Parameters:
///   - draws: Energies of draws, [n], nats.
///   - exact: Energies of exact samples, [m], nats.
public func energyTransport(_ draws: [Double], _ exact: [Double]) -> DistanceEstimate {
  lineTransport(draws, exact, .two)
}
