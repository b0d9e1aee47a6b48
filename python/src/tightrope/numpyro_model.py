"""NumPyro models as densities: of all latent variables, each taken to the whole real line."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import optional
from tightrope.callables import JointBatchFunction, title
from tightrope.differentiation import from_jax
from tightrope.errors import ConfigError
from tightrope.limits import Limits


class Model:
    """A NumPyro model with its data.

    Attributes
    ----------
    function : JointBatchFunction
        log rho and score of points in unconstrained space.
    coordinates : list of str
        A name for each coordinate, such as "theta[3]".
    """

    def __init__(
        self,
        model: Any,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        limits: Limits | None,
    ) -> None:
        jax = optional("jax", "jax")
        optional("numpyro", "numpyro")
        util = optional("numpyro.infer.util", "numpyro")
        flatten = optional("jax.flatten_util", "jax")
        if not callable(model):
            raise ConfigError(f"model: expected a callable, got {model!r}")
        _require_continuous(model, arguments, keywords)
        start = util.initialize_model(
            jax.random.PRNGKey(0), model, model_args=arguments, model_kwargs=keywords
        )
        flat, unravel = flatten.ravel_pytree(start.param_info.z)
        if not flat.size:
            raise ConfigError(f"model: '{title(model)}' has no latent variables")
        self.coordinates = _coordinates(start.param_info.z)
        self.dimension = int(flat.size)

        def log_density(x: Any) -> Any:
            return -start.potential_fn(unravel(x))

        log_density.__name__ = title(model)
        self.function: JointBatchFunction = from_jax(log_density, self.dimension, limits)
        self._variables = jax.jit(jax.vmap(lambda x: start.postprocess_fn(unravel(x))))

    def constrain(self, x: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[Any]]:
        """Return the model's variables, deterministic ones included, [n, ...] each."""
        return {name: np.asarray(value) for name, value in self._variables(x).items()}


def _require_continuous(model: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """Refuse what has no density of fixed dimension: discrete variables, parts of the data."""
    handlers = optional("numpyro.handlers", "numpyro")
    trace = handlers.trace(handlers.seed(model, 0)).get_trace(*arguments, **keywords)
    for name, site in trace.items():
        if site["type"] == "plate" and site["args"][1] not in (None, site["args"][0]):
            raise ConfigError(
                f"model: the plate '{name}' takes a part of the data at random; give it all"
            )
        if site["type"] != "sample" or site.get("is_observed"):
            continue
        support = getattr(site["fn"], "support", None)
        if getattr(support, "is_discrete", False):
            raise ConfigError(f"model: the variable '{name}' is discrete; sum it out, or give it")


def _coordinates(variables: dict[str, Any]) -> list[str]:
    """Return the names of the coordinates in the order in which JAX flattens them."""
    names: list[str] = []
    for name in sorted(variables):
        shape = np.shape(variables[name])
        names += [
            name + ("" if not place else "[" + ", ".join(map(str, place)) + "]")
            for place in np.ndindex(*shape)
        ]
    return names
