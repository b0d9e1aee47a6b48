"""Pictures of densities, draws and training. Matplotlib is imported when one is drawn.

`samples` are points over contours, `marginals` and `pairs` histograms, `paths` and `animate` the
way from noise to the density, `training` and `training_curve` what happened meanwhile, `weights`
how far draws can be relied on; `particle_distances` and `image_grid` are what their names say.
"""

from __future__ import annotations

from tightrope.plot.images import image_grid
from tightrope.plot.marginals import marginals, pairs
from tightrope.plot.particles import distances, particle_distances
from tightrope.plot.paths import animate, paths
from tightrope.plot.planes import samples
from tightrope.plot.training import training, training_curve
from tightrope.plot.weights import weights

__all__ = [
    "animate",
    "distances",
    "image_grid",
    "marginals",
    "pairs",
    "particle_distances",
    "paths",
    "samples",
    "training",
    "training_curve",
    "weights",
]
