import Catalogs
import Chains
import Densities
import Diffusions
import Metrics
import Objectives
import Optimizers
import Samplers

/// Everything that has a name.
public let families = [
  Family("densities", densities), Family("objectives", objectives), Family("networks", networks),
  Family("processes", processes), Family("optimizers", optimizers),
  Family("schedules", schedules), Family("methods", chainMethods), metricFamily, experimentFamily,
]
