// The numbers of the tables, as printed. A method's name is that of `BenchmarkMethod`.

/// Tables 1 and C.1 of arXiv:2402.05098, means over five seeds.
///
/// |ELBO - log Z|, |weighted log Z - log Z| and W2 of 25 Gaussians, the funnel and the many-well; ELBO
/// and weighted log Z of the Cox process, whose log Z is unknown.
private let mainTable: KeyValuePairs<String, [[Double]]> = [
  "dis": [[1.125, 0.986, 4.71], [0.839, 0.093, 20.7], [10.52, 3.05, 5.98], [299.83, 361.15]],
  "dds": [[1.760, 0.746, 7.18], [0.424, 0.206, 29.3], [7.36, 0.23, 5.71], [471.64, 489.30]],
  "pis": [[1.769, 1.274, 6.37], [0.534, 0.262, 22.0], [3.85, 2.69, 6.15], [381.14, 414.42]],
  "pis-lp": [
    [1.799, 0.225, 7.16], [0.587, 0.285, 22.1], [13.19, 0.07, 6.55], [471.45, 487.82],
  ],
  "tb": [[1.176, 1.071, 4.83], [0.690, 0.239, 22.4], [4.01, 2.67, 6.14], [336.70, 379.50]],
  "tb-expl": [
    [0.560, 0.422, 3.61], [0.749, 0.226, 21.3], [4.01, 2.68, 6.15], [346.10, 389.21],
  ],
  "vargrad-expl": [
    [0.615, 0.487, 3.89], [0.642, 0.250, 22.1], [4.01, 2.69, 6.15], [370.37, 410.37],
  ],
  "fl-subtb": [
    [1.127, 1.020, 4.64], [0.527, 0.182, 22.1], [3.98, 2.72, 6.15], [365.20, 402.65],
  ],
  "fl-subtb-lp": [
    [0.209, 0.011, 1.45], [0.563, 0.155, 22.2], [4.23, 2.66, 6.10], [465.44, 483.90],
  ],
  "tb-expl-ls": [
    [0.171, 0.004, 1.25], [0.653, 0.285, 21.9], [4.57, 0.19, 5.66], [384.90, 419.55],
  ],
  "tb-expl-lp": [
    [0.206, 0.011, 1.29], [0.666, 0.051, 22.3], [7.46, 1.06, 5.73], [452.82, 477.62],
  ],
  "tb-expl-lp-ls": [
    [0.190, 0.007, 1.31], [0.768, 0.264, 21.8], [4.68, 0.07, 5.33], [471.14, 489.03],
  ],
  "vargrad-expl-lp-ls": [
    [0.207, 0.015, 1.13], [0.920, 0.256, 21.2], [4.11, 0.02, 5.30], [468.65, 487.34],
  ],
]

/// Standard deviations over the seeds of the same table, of the first columns, where they are known.
private let mainDeviations: KeyValuePairs<String, [String: [Double]]> = [
  "tb-expl-ls": ["25gmm": [0.013, 0.011], "many-well-32": [2.13, 0.29]]
]

/// Table 2 of arXiv:2402.05098, means over seeds: the ELBO of codes, a mean over 100 images of MNIST.
///
/// Its weighted log Z is a log-mean-exp over the images, hence about the easiest of them, and left out.
private let codeTable: KeyValuePairs<String, Double> = [
  "pis": -102.54, "pis-lp": -99.89, "tb": -162.73, "vargrad": -102.54, "tb-expl": -148.04,
  "fl-subtb": -148.0, "fl-subtb-lp": -111.54, "tb-expl-ls": -245.78, "tb-expl-lp": -112.45,
  "tb-expl-lp-ls": -117.26, "vargrad-expl": -103.39, "vargrad-expl-ls": -105.40,
  "vargrad-expl-lp": -99.472, "vargrad-expl-lp-ls": -99.783,
]

/// Table C.3 of arXiv:2402.05098, the many-well in 128 dimensions: |ELBO - log Z| and
/// |weighted log Z - log Z|.
///
/// In 32 dimensions its rows are those of table 1 that explore, which tells their methods.
private let scalingTable: KeyValuePairs<String, [Double]> = [
  "pis-lp": [58.0, 23.7], "tb-expl": [205.6, 119.8], "fl-subtb-lp": [48.9, 21.7],
  "tb-expl-lp": [46.4, 14.0], "tb-expl-ls": [458.7, 139.3], "tb-expl-lp-ls": [66.6, 14.9],
]

/// The many-well in 32, 64 and 128 dimensions in arXiv:2505.19552, means over four seeds.
///
/// ELBO, EUBO, their difference and, in 64 and 128 dimensions, millions of density evaluations.
private let searchTable: KeyValuePairs<String, [[Double]]> = [
  "pis-lp": [
    [160.83, 180.49, 19.66], [300.57, 347.48, 46.91, 130], [601.01, 697.32, 96.31, 130],
  ],
  "tb-lp": [
    [161.42, 195.89, 34.37], [306.47, 351.98, 45.52, 180], [612.45, 706.73, 94.28, 300],
  ],
  "fl-subtb-lp": [
    [160.74, 215.93, 55.19], [306.14, 352.22, 46.08, 330], [609.85, 709.96, 99.61, 330],
  ],
  "tb-lp-ls": [
    [162.95, 166.30, 3.35], [312.66, 339.34, 26.68, 320], [592.52, 693.65, 101.81, 320],
  ],
  "tb-expl-lp": [
    [160.76, 215.92, 55.16], [306.54, 351.91, 45.37, 180], [611.98, 705.35, 93.37, 240],
  ],
  "tb-expl-lp-ls": [
    [162.97, 166.25, 3.28], [300.10, 344.85, 44.75, 320], [591.47, 694.93, 103.45, 320],
  ],
  "pis": [[159.71, 333.8, 174], [321.87, 2026, 1705, 100], [643.30, 1159.6, 516.3, 100]],
  "tb": [[160.58, 439, 279], [317.35, 853.9, 544.4, 100], [637.01, 1423, 786, 100]],
  "tb-ls": [
    [163.12, 166.05, 2.93], [314.94, 357.40, 42.91, 290], [573.13, 738.07, 164.95, 290],
  ],
  "tb-expl-ls": [[160.87, 168.27, 7.40]],
  "sgds": [
    [162.63, 166.48, 3.85, 20], [320.25, 336.51, 16.26, 20], [614.41, 684.76, 70.35, 20],
  ],
]

/// Standard deviations over the seeds of the same table, where they are known.
private let searchDeviations: KeyValuePairs<String, [String: [Double]]> = [
  "sgds": ["many-well-64": [0.13, 0.11, 0.22], "many-well-128": [3.44, 1.30, 4.31]]
]

/// What was published on a method and a density; for a method of ours, the best of its competitors.
func publishedRows(_ method: BenchmarkMethod, on density: BenchmarkDensity) -> [PublishedRow] {
  if method.isOurs(on: density) {
    return [searchRow("sgds", "SGDS, another method", on: density.name)].compactMap(\.self)
  }
  return [
    mainRow(method, on: density.name), codeRow(method, on: density.name),
    scalingRow(method, on: density.name),
    searchRow(method.name, method.label, on: density.name),
  ].compactMap(\.self)
}

private func mainRow(_ method: BenchmarkMethod, on density: String) -> PublishedRow? {
  let columns = ["25gmm", "funnel", "many-well-32", "lgcp"]
  guard let values = entry(method.name, density, mainTable, columns) else { return nil }
  let names: [FigureName] =
    density == "lgcp" ? [.elbo, .logNormalizer] : [.boundError, .weightedError, .wasserstein2]
  return PublishedRow(
    method: method.label, table: "Sendera et al. 2024, table C.1",
    figures: figures(names, values, deviations(method.name, density, mainDeviations)))
}

private func codeRow(_ method: BenchmarkMethod, on density: String) -> PublishedRow? {
  guard density == "vae", let value = codeTable.first(where: { $0.key == method.name })?.value
  else { return nil }
  return PublishedRow(
    method: method.label, table: "Sendera et al. 2024, table 2, on MNIST",
    figures: figures([.elbo], [value], []))
}

private func scalingRow(_ method: BenchmarkMethod, on density: String) -> PublishedRow? {
  guard density == "many-well-128",
    let values = scalingTable.first(where: { $0.key == method.name })?.value
  else { return nil }
  return PublishedRow(
    method: method.label, table: "Sendera et al. 2024, table C.3",
    figures: figures([.boundError, .weightedError], values, []))
}

private func searchRow(_ method: String, _ label: String, on density: String) -> PublishedRow? {
  let columns = ["many-well-32", "many-well-64", "many-well-128"]
  guard let values = entry(method, density, searchTable, columns) else { return nil }
  return PublishedRow(
    method: label, table: "Kim et al. 2025, tables of the many-well",
    figures: figures(
      [.elbo, .eubo, .gap, .energyCalls],
      values.enumerated().map { $0 == 3 ? 1e6 * $1 : $1 },
      deviations(method, density, searchDeviations)))
}

private func entry(
  _ method: String, _ density: String, _ table: KeyValuePairs<String, [[Double]]>,
  _ columns: [String]
) -> [Double]? {
  guard let row = table.first(where: { $0.key == method })?.value,
    let column = columns.firstIndex(of: density), column < row.count
  else { return nil }
  return row[column]
}

private func deviations(
  _ method: String, _ density: String, _ table: KeyValuePairs<String, [String: [Double]]>
) -> [Double] {
  table.first { $0.key == method }?.value[density] ?? []
}

private func figures(
  _ names: [FigureName], _ values: [Double], _ deviations: [Double]
) -> [PublishedFigure] {
  zip(names, values).enumerated().map { index, figure in
    PublishedFigure(
      name: figure.0, value: figure.1,
      standardDeviation: index < deviations.count ? deviations[index] : nil)
  }
}
