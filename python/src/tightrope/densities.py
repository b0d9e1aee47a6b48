"""Densities: what to sample from. Built-in ones by name, or any function of a batch of points.

>>> import tightrope as tr
>>> density = tr.densities.GaussianMixture25()
>>> density.dimension
2
>>> density.log_density([[0.0, 0.0]]).shape
(1,)
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tightrope import _native, arguments, captions
from tightrope.callables import Function
from tightrope.density import ConditionalDensity, Density
from tightrope.errors import ConfigError, NumericalError
from tightrope.limits import Limits

__all__ = [
    "ActionValue",
    "Actions",
    "Affine",
    "Banana",
    "BuiltIn",
    "CaptionAgreement",
    "CaptionedDensity",
    "CaptionedShapes",
    "ClassLikelihood",
    "Density",
    "DoubleWellParticles",
    "DoubleWells",
    "EasyFunnel",
    "Funnel",
    "Gaussian",
    "GaussianMixture",
    "GaussianMixture9",
    "GaussianMixture25",
    "GaussianMixture40",
    "Images",
    "LennardJones",
    "LennardJones13",
    "LennardJones55",
    "LinearMeasurement",
    "LogGaussianCox",
    "LogisticRegression",
    "ManyWell",
    "MeasuredMixture",
    "Positive",
    "Ratio",
    "Ring",
    "ScreenedCoulomb",
    "StudentMixture",
    "Tempered",
    "TextEnding",
    "Texts",
    "TokenDensity",
    "VAEPosterior",
    "VAEPosteriors",
    "Whitened",
    "Wrapper",
    "describe",
    "names",
    "open",
]


class BuiltIn(Density):
    """A density of the catalogue; keyword arguments are the keys of its configuration."""

    key: ClassVar[str]

    def __init_subclass__(cls, key: str, **options: Any) -> None:
        """Note the name in the catalogue."""
        super().__init_subclass__(**options)
        cls.key = key

    def __init__(self, **config: Any) -> None:
        self._open(self.key, config)

    def _open(self, key: str, config: dict[str, Any]) -> None:
        self._handle = _native.density_open(key, arguments.json_text(config))
        self.name = key
        self._recipe = (open, (key,), config)

    def _explain(self, error: NumericalError) -> None:
        pass


class Gaussian(BuiltIn, key="gaussian"):
    """A Gaussian; keyword arguments as in `describe("gaussian")["config"]`."""


class GaussianMixture9(BuiltIn, key="9gmm"):
    """Nine equal Gaussians on a 3 by 3 grid in the plane; log Z is 0."""


class GaussianMixture25(BuiltIn, key="25gmm"):
    """Twenty-five equal Gaussians on a 5 by 5 grid in the plane; log Z is 0."""


class GaussianMixture40(BuiltIn, key="gmm-40"):
    """Forty equal Gaussians scattered over a square of edge 80 in the plane; log Z is 0.

    Examples
    --------
    >>> GaussianMixture40().describe()["modes"]
    40
    """


class GaussianMixture(BuiltIn, key="gaussian-mixture"):
    """Gaussians at given points, with given weights and one common standard deviation.

    Examples
    --------
    >>> GaussianMixture(means=[[-3, 0], [3, 0]], weights=[1, 2]).dimension
    2
    """


class ManyWell(BuiltIn, key="many-well"):
    """A product of double wells, two coordinates each; 0.15569 of the mass is in each left well.

    Examples
    --------
    >>> round(ManyWell(dimension=32).log_normalizer, 4)
    164.6957
    """


class Funnel(BuiltIn, key="funnel"):
    """Neal's funnel: the first coordinate, of standard deviation 3, decides how wide the rest are.

    Examples
    --------
    >>> Funnel(dimension=4, standard_deviation=2).dimension
    4
    """


class EasyFunnel(BuiltIn, key="easy-funnel"):
    """The funnel with standard deviation 1 along its axis."""


class DoubleWells(BuiltIn, key="double-wells"):
    """Symmetric double wells -(x^2 - separation)^2 in some coordinates, normals in the others.

    Examples
    --------
    >>> round(DoubleWells(dimension=5, wells=5, separation=4).log_normalizer, 4)
    -0.5411
    """


class Ring(BuiltIn, key="ring"):
    """A ring in the plane, -(|x| - radius)^2 / (2 standard_deviation^2)."""


class Banana(BuiltIn, key="banana"):
    """A Gaussian whose second coordinate is bent along the square of the first; log Z is 0."""


class StudentMixture(BuiltIn, key="student-mixture"):
    """Student-t distributions at given points, with heavy tails; log Z is 0.

    Examples
    --------
    >>> StudentMixture(means=[[-3], [3]], degrees_of_freedom=4).dimension
    1
    """


class DoubleWellParticles(BuiltIn, key="dw4"):
    """Four particles in the plane, each pair with two distances it likes; log Z is not known.

    As for all particles, a Gaussian holds the centre of mass (`center="normal"`): at points whose
    centre is the origin log rho is minus the energy.

    Examples
    --------
    >>> DoubleWellParticles().dimension
    8
    """


class LennardJones(BuiltIn, key="lennard-jones"):
    """Lennard-Jones particles in an oscillator; log Z is not known.

    With `pairs="twice"` each pair counts twice, as in published code, with "once" once.

    Examples
    --------
    >>> LennardJones(particles=10).dimension
    30
    """


class LennardJones13(BuiltIn, key="lj13"):
    """Thirteen Lennard-Jones particles, each pair counted twice; log Z is not known."""


class LennardJones55(BuiltIn, key="lj55"):
    """Fifty-five Lennard-Jones particles, each pair counted twice; log Z is not known."""


class ScreenedCoulomb(BuiltIn, key="screened-coulomb"):
    """Particles of one charge, screened, in an oscillator; log Z is not known."""


class LogGaussianCox(BuiltIn, key="log-gaussian-cox"):
    """The log-intensity of 126 Finnish pine saplings on grid by grid cells; log Z is not known.

    With `whitened=True` the points are white noise v instead of the log-intensity mu + L v.

    Examples
    --------
    >>> LogGaussianCox(grid=10).dimension
    100
    """


class LogisticRegression(BuiltIn, key="logistic-regression"):
    """The weights of a Bayesian logistic regression; log Z is not known.

    The data are 569 tumours (`data="breast-cancer"`), or a NumPy or CSV file with labels in the
    last column (`data="file", path=...`). The first weight is the intercept's.

    Parameters
    ----------
    prior_standard_deviation : float or None
        Of every weight before the data are seen; None or infinity for a flat prior.
    **config
        Keys of its configuration.

    Examples
    --------
    >>> LogisticRegression(prior_standard_deviation=1).dimension
    31
    """

    def __init__(self, *, prior_standard_deviation: float | None = 10.0, **config: Any) -> None:
        is_flat = prior_standard_deviation is None or prior_standard_deviation == np.inf
        width = "inf" if is_flat else prior_standard_deviation
        super().__init__(prior_standard_deviation=width, **config)


class VAEPosterior(BuiltIn, key="vae-posterior"):
    """The code of an image under the decoder of a variational autoencoder; log Z is not known.

    The images are 1797 handwritten digits (`data="digits"`), or those of an IDX file, or of a
    folder with MNIST's two, unpacked.

    Parameters
    ----------
    **config
        `image`, its number; `decoder`, a safetensors file with the decoder; without one an
        autoencoder is trained, once a process, as `training` says (`latent`, `hidden`, `epochs`,
        `batch_size`, `learning_rate`, `seed`); `save_model` writes the file.

    Examples
    --------
    >>> VAEPosterior(image=3, training={"latent": 2, "hidden": 16, "epochs": 1}).dimension
    2
    """


class VAEPosteriors(BuiltIn, key="vae-posteriors"):
    """The codes of all images of a set, each a condition: what `VAEPosterior` is for one.

    A run on it learns from the images that the decoder learned from, and is evaluated on those
    held back, the last hundred. Points without a condition go with the image of the configuration.

    Examples
    --------
    >>> VAEPosteriors(training={"latent": 2, "hidden": 16, "epochs": 1}).dimension
    2
    """


class Images(BuiltIn, key="images"):
    """Images of a set, each blurred by a Gaussian: what a prior of images learns from.

    Pixels are from -1 to 1. The images are 1797 handwritten digits (`data="digits"`), or those of
    an IDX file, or of a folder with MNIST's files, unpacked.

    Parameters
    ----------
    **config
        `classes`, those of the images, all by default; `deviation`, of the Gaussians.

    Examples
    --------
    >>> Images(classes=[3]).dimension
    64
    """


class ClassLikelihood(BuiltIn, key="class-likelihood"):
    """How likely an image belongs to some classes, by a classifier trained here, once a process.

    A constraint on a prior of images whose pixels are from -1 to 1: no density by itself.

    Parameters
    ----------
    **config
        `data`, as for `Images`, with labels; `classes`; `combination` of the probabilities of
        several, "maximum" or "sum"; `training` of the classifier (`channels`, `features`, `epochs`,
        `batch_size`, `learning_rate`, `noise`, `seed`).

    Examples
    --------
    >>> ClassLikelihood(classes=[0], training={"epochs": 1}).dimension
    64
    """


class LinearMeasurement(BuiltIn, key="linear-measurement"):
    """A linear measurement with Gaussian noise: a constraint on a prior, for inverse problems.

    Parameters
    ----------
    **config
        `matrix` and `measurement`; or an `image` of `data`, of which a `kind` of measurement is
        made: "inpainting" (the first rows), "super-resolution" (means over squares) or
        "identity", by a `factor`; `deviation` of the noise and `seed`.

    Examples
    --------
    >>> LinearMeasurement(matrix=[[1.0, 0.0]], measurement=[2.0]).log_density([[2.0, 5.0]])
    array([-0.], dtype=float32)
    """


class TokenDensity(BuiltIn, key=""):
    """A density of texts: points are rows of whole numbers, the tokens."""

    def decode(self, x: npt.ArrayLike) -> list[str]:
        """Return the words of points [n, dimension], of each up to its first end."""
        names = self.describe()["tokens"]
        rows = arguments.points(x, self.dimension).round().astype(int).tolist()
        ends = [row.index(0) if 0 in row else len(row) for row in rows]
        words = [[names[token] for token in row[:end]] for row, end in zip(rows, ends, strict=True)]
        return [" ".join(row) for row in words]


class Texts(TokenDensity, key="texts"):
    """Texts of a grammar, with their probabilities, or of a file: for a prior to learn from.

    Points are rows of whole numbers, the tokens. Those of a file are judged by a language model,
    which is trained when it is first asked.

    Parameters
    ----------
    **config
        `text`: `data` ("brackets", "stories", a `.grammar` file or a text file), `length`,
        `unit`, `symbols`, `rows`, `without_last`; `model`, a file with a language model, or
        `training` of one.

    Examples
    --------
    >>> Texts().dimension
    6
    >>> Texts().decode(Texts().sample(100)).count("c") > 0
    True
    """


class TextEnding(TokenDensity, key="text-ending"):
    """How likely a text is to go on with an ending, by a language model: a constraint on a prior.

    Parameters
    ----------
    **config
        `text`, `model` and `training` as for `Texts`; `prefix` and `ending`, tokens with spaces;
        `places`, the tokens before the ending.

    Examples
    --------
    >>> TextEnding(ending="b b", training={"steps": 5}).dimension
    4
    """


class CaptionedDensity(BuiltIn, key=""):
    """A density of pictures of coloured shapes, one for each caption."""

    @property
    def captions(self) -> list[str]:
        """The captions by their numbers, those that posteriors do not learn from last."""
        return list(self.describe()["captions"])

    def pictures(self, x: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return points [n, dimension] as pictures [n, rows, columns, 3], from 0 to 1."""
        batch = arguments.points(x, self.dimension)
        return captions.pictures(batch, tuple(self.describe()["picture"]))

    def constraint(
        self,
        reward: captions.Reward,
        *,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> ConditionalDensity:
        """Make a constraint on a prior of these pictures from a reward of the user's.

        Parameters
        ----------
        reward : callable
            (pictures, captions): float32 [n, rows, columns, 3] from 0 to 1, and n strings, to
            log r, [n], in nats. It need not have a gradient.
        name : str, optional
            For messages and tables.
        limits : Limits, optional
            How the callable may be used.

        Returns
        -------
        ConditionalDensity
            With the captions of this density as conditions, in the same order.

        Raises
        ------
        ConfigError
            If the reward is no callable.

        Examples
        --------
        >>> shapes = CaptionedShapes()
        >>> dark = shapes.constraint(lambda pictures, captions: -pictures.mean(axis=(1, 2, 3)))
        >>> dark.log_density(-np.ones((1, shapes.dimension)))
        array([-0.], dtype=float32)
        """
        if not callable(reward):
            raise ConfigError(f"reward: expected a callable, got {reward!r}")
        about = self.describe()
        words = about["tokens"][1:]
        function = captions.PictureReward(reward, tuple(about["picture"]), words)
        return ConditionalDensity(
            function, captions.features(about["captions"], words), dimension=self.dimension,
            training=about["training_conditions"], name=name, limits=limits,
        )  # fmt: skip


class CaptionedShapes(CaptionedDensity, key="captioned-shapes"):
    """Pictures of a coloured shape that go with a caption: what a prior of pictures learns from.

    The pictures are drawn here; their captions have wrong words now and then. Pixels are from -1 to
    1, red, green and blue.

    Parameters
    ----------
    **config
        `shapes`: `edge` in pixels, `count` of pictures, `wrong_words`, the chance of each attribute
        to be wrong in a caption, `held_back`, captions that posteriors do not learn from, and
        `seed`; `deviation` of the Gaussian around each picture.

    Examples
    --------
    >>> shapes = CaptionedShapes()
    >>> shapes.dimension, shapes.captions[3]
    (192, 'a large yellow square at the centre')
    """


class CaptionAgreement(CaptionedDensity, key="caption-agreement"):
    """How well a picture agrees with a caption: a constraint on a prior of `CaptionedShapes`.

    Said by a network that learned, once a process, which of two pictures people prefer for a
    caption.

    Parameters
    ----------
    **config
        `shapes` as for `CaptionedShapes`; `training` of the network: `channels`, `features`,
        `width`, `steps`, `batch_size`, `learning_rate`, `certainty` of the preferences, `noise` and
        `seed`.

    Examples
    --------
    >>> CaptionAgreement(training={"steps": 3}).dimension
    192
    """


class Actions(BuiltIn, key="actions"):
    """The actions that were taken in each state: what a policy's prior learns from.

    The conditions are the states. Of a file nothing is known of how likely actions are: its
    log-density is 0, and weights under it mean nothing.

    Parameters
    ----------
    **config
        `decisions`: `data` ("bandit", "chain", or what `transitions.save` wrote), `bound` of the
        actions, `critic`, how critics learn; `inverse_temperature`, to draw the better actions
        more often, as advantage-weighted regression does.

    Examples
    --------
    >>> import tightrope as tr
    >>> prior = tr.train(Actions(), method="denoising", steps=3, batch_size=30)
    >>> prior.sample(4, conditions=[0, 2]).conditions.tolist()
    [0, 2, 0, 2]
    """


class ActionValue(BuiltIn, key="action-value"):
    """What an action is worth in a state: a constraint on a prior of `Actions`.

    (Q(s, a) - V(s)) / temperature, by critics that are learned once a process (implicit
    Q-learning), or exactly for the small problems "bandit" and "chain".

    Parameters
    ----------
    **config
        `decisions` as for `Actions`; `temperature`, in units of the reward.

    Examples
    --------
    >>> int(ActionValue().log_density([[-1.0], [1.0]]).argmax())
    0
    """


class MeasuredMixture(BuiltIn, key="measured-mixture"):
    """A linear measurement of a point of a Gaussian mixture, whose posterior is known.

    Parameters
    ----------
    **config
        `mixture`, as for `GaussianMixture`, the prior; `measurement`, as for `LinearMeasurement`.

    Examples
    --------
    >>> MeasuredMixture().log_density([[0.5, 3.0]])
    array([-0.], dtype=float32)
    """


class Wrapper(BuiltIn, key=""):
    """A density made of another one.

    Parameters
    ----------
    base : Density or str
        The other density, or the name of a built-in one.
    **config
        Keys of the configuration but `base` and `base_settings`.
    """

    _base: Density | None = None

    def __init__(self, base: Density | str = "gaussian", **config: Any) -> None:
        self._base = base if isinstance(base, Density) else None
        if self._base is None:
            self._open(self.key, {"base": base, **config})
        else:
            text = arguments.json_text(config)
            self._handle = _native.density_wrap(self.key, self._base._handle, text)
            self.name = self.key
            self._recipe = (type(self), (self._base,), config)

    @property
    def _rejects(self) -> bool:
        return self._base is not None and self._base._rejects

    def _explain(self, error: NumericalError) -> None:
        if self._base is not None:
            self._base._explain(error)

    def constrain(self, x: npt.ArrayLike) -> dict[str, npt.NDArray[Any]]:
        """Return the variables that points stand for, as the density has them that is underneath.

        Parameters
        ----------
        x : array_like
            Points [n, dimension].

        Returns
        -------
        dict
            Arrays [n, ...] by name.
        """
        batch = arguments.points(x, self.dimension)
        beneath = np.empty_like(batch)
        self._handle.base_points(beneath, batch)
        return {"x": beneath} if self._base is None else self._base.constrain(beneath)


class Affine(Wrapper, key="affine"):
    """Another density under y = shift + scale x, or y = shift + matrix x; log Z stays.

    Parameters
    ----------
    base : Density or str
        The density of x, or the name of a built-in one.
    shift, scale : float or array_like, optional
        A number for each coordinate, or one for all.
    **config
        `matrix` instead of a scale.

    Examples
    --------
    >>> Affine(Funnel(), scale=0.5).log_normalizer
    0.0
    """

    def __init__(
        self,
        base: Density | str = "gaussian",
        *,
        shift: npt.ArrayLike | None = None,
        scale: npt.ArrayLike | None = None,
        **config: Any,
    ) -> None:
        for name, numbers in (("shift", shift), ("scale", scale)):
            if numbers is not None:
                config[name] = np.atleast_1d(arguments.real_array(numbers, np.float64, name))
        super().__init__(base, **config)


class Whitened(Wrapper, key="whitened"):
    """Another density in coordinates in which given samples have mean 0 and unit covariance.

    Parameters
    ----------
    base : Density or str
        The other density, or the name of a built-in one.
    samples : array_like or str, optional
        Points [n, dimension], or a NumPy file of them.
    **config
        `mean` and `covariance` instead.

    Examples
    --------
    >>> base = Gaussian(mean=5.0, standard_deviation=2.0)
    >>> Whitened(base, samples=base.sample(1000)).log_normalizer
    0.0
    """

    def __init__(
        self,
        base: Density | str = "gaussian",
        *,
        samples: npt.ArrayLike | str | None = None,
        **config: Any,
    ) -> None:
        if isinstance(samples, str):
            config["samples"] = samples
        elif samples is not None:
            points = np.asarray(samples, dtype=np.float64)
            if points.ndim != 2 or len(points) < 2:
                raise ConfigError(f"samples: expected [n, dimension], got {list(points.shape)}")
            config["mean"] = points.mean(axis=0).tolist()
            config["covariance"] = np.atleast_2d(np.cov(points, rowvar=False)).tolist()
        super().__init__(base, **config)


class Positive(Wrapper, key="positive"):
    """A density of positive numbers, in their logarithms; `coordinates` says which, none for all.

    Examples
    --------
    >>> gamma = Density(lambda x: 2 * np.log(x[:, 0]) - x[:, 0], dimension=1)
    >>> Positive(gamma).log_density([[0.0]])
    array([-1.], dtype=float32)
    """


class Tempered(Wrapper, key="tempered"):
    """A power of another density, flatter for `inverse_temperature` below 1.

    Examples
    --------
    >>> Tempered("25gmm", inverse_temperature=0.25).log_normalizer is None
    True
    """


class Ratio(Wrapper, key="ratio"):
    """A density over another: the constraint that makes the second a prior of the first.

    Parameters
    ----------
    base : Density or str
        The numerator, the posterior.
    **config
        `denominator` and `denominator_settings`, the prior: a built-in density.

    Examples
    --------
    >>> Ratio("9gmm", denominator="25gmm").log_density([[100.0, 0.0]]) < -1000
    array([ True])
    """


_CLASSES: dict[str, type[BuiltIn]] = {
    cls.key: cls
    for cls in (
        ActionValue,
        Actions,
        Affine,
        Banana,
        CaptionAgreement,
        CaptionedShapes,
        DoubleWellParticles,
        DoubleWells,
        EasyFunnel,
        Funnel,
        Gaussian,
        GaussianMixture,
        GaussianMixture9,
        GaussianMixture25,
        GaussianMixture40,
        ClassLikelihood,
        Images,
        LennardJones,
        LennardJones13,
        LennardJones55,
        LinearMeasurement,
        LogGaussianCox,
        LogisticRegression,
        ManyWell,
        MeasuredMixture,
        Positive,
        Ratio,
        Ring,
        ScreenedCoulomb,
        StudentMixture,
        Tempered,
        TextEnding,
        Texts,
        VAEPosterior,
        VAEPosteriors,
        Whitened,
    )
}


def names() -> list[str]:
    """Return the names of the built-in densities."""
    return json.loads(_native.names("densities"))


def describe(name: str) -> dict[str, Any]:
    """Return the catalogue's entry: summary, default configuration, dimension, references.

    Raises
    ------
    ConfigError
        If there is no density of this name.
    """
    return json.loads(_native.describe("densities", name))


def open(name: str, **config: Any) -> Density:
    """Open a built-in density by its name.

    Parameters
    ----------
    name : str
        One of `names()`.
    **config
        Keys of its configuration.

    Returns
    -------
    Density
        Ready to evaluate and to train on.

    Raises
    ------
    ConfigError
        If there is no such density, or no such key, or a value does not fit.
    """
    cls = _CLASSES.get(name, BuiltIn)
    density = cls.__new__(cls)
    density._open(name, config)
    return density


def as_density(density: Density | str | Function, dimension: int | None = None) -> Density:
    """Return a density, its name, or a plain function of a batch as a Density.

    Raises
    ------
    ConfigError
        If it is none of these, or a function comes without its dimension.
    """
    if isinstance(density, Density | str):
        return _of_dimension(open(density) if isinstance(density, str) else density, dimension)
    if isinstance(density, type) and issubclass(density, Density):
        raise ConfigError(f"density: expected a density, got a class; {density.__name__}() is one")
    if not callable(density):
        raise ConfigError(f"density: expected a Density, a name or a callable, got {density!r}")
    if dimension is None:
        raise ConfigError("dimension: needed with a plain callable, for example dimension=10")
    return Density(density, dimension=dimension)


def _of_dimension(density: Density, dimension: int | None) -> Density:
    """Return a density if it is of the dimension that was asked for."""
    if dimension not in (None, density.dimension):
        raise ConfigError(
            f"dimension: '{density.name}' is of dimension {density.dimension}, not {dimension}; "
            "settings of a density are given to its class, as in tr.densities.Funnel(dimension=3)"
        )
    return density
