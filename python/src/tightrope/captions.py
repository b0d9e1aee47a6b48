"""Pictures and captions as people have them, behind densities of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope.callables import Batch, title

Reward = Callable[[npt.NDArray[np.float32], list[str]], npt.ArrayLike]


def pictures(x: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return points as pictures [n, rows, columns, 3], from 0 to 1.

    Values beyond what a pixel can have are cut.
    """
    values = np.asarray(x, dtype=np.float32).reshape(-1, *shape)
    return np.clip(0.5 * (values + 1), 0, 1)


def features(captions: list[str], words: list[str]) -> npt.NDArray[np.float32]:
    """Return what networks read of captions: for each place a one for its word.

    Parameters
    ----------
    captions : list of str
        All of the same number of words.
    words : list of str
        The vocabulary without the end.

    Returns
    -------
    ndarray
        float32 [captions, places * words].
    """
    rows = [[words.index(word) for word in caption.split()] for caption in captions]
    return np.eye(len(words), dtype=np.float32)[rows].reshape(len(rows), -1)


class PictureReward:
    """A reward of pictures and captions as log r of points and features.

    Parameters
    ----------
    reward : callable
        (pictures, captions): float32 [n, rows, columns, 3] from 0 to 1, and n strings, to [n].
    shape : tuple of int
        Of a picture.
    words : list of str
        The vocabulary without the end.
    """

    def __init__(self, reward: Reward, shape: tuple[int, ...], words: list[str]) -> None:
        self.reward = reward
        self.shape = shape
        self.words = words
        self.__name__ = title(reward)

    def __call__(self, x: Batch, features: Batch) -> Any:
        """Return the rewards, [n]."""
        places = features.reshape(len(features), -1, len(self.words)).argmax(axis=2)
        captions = [" ".join(self.words[word] for word in row) for row in places]
        return self.reward(pictures(x, self.shape), captions)
