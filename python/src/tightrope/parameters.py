"""Arrays in safetensors files: a JSON header of at most a few kilobytes, then the numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope.errors import StorageError

Tensors = dict[str, npt.NDArray[np.float32]]
PREFIX = "parameters."


def run_parameters(path: str | os.PathLike[str]) -> Tensors:
    """Return the network parameters in a file that a run saved, by name."""
    content = Path(path).read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    data = memoryview(content)[8 + size :]
    return {
        name.removeprefix(PREFIX): _array(data, entry)
        for name, entry in header.items()
        if name.startswith(PREFIX)
    }


def saved_dimension(path: str | os.PathLike[str]) -> int:
    """Return the dimension of what a saved run learned: of a file, or of the folder of a run.

    Raises
    ------
    StorageError
        If there is no such file, or it is none of a run.
    """
    place = Path(path)
    file = place / "checkpoint.safetensors" if place.is_dir() else place
    try:
        with file.open("rb") as content:
            size = int.from_bytes(content.read(8), "little")
            header = json.loads(content.read(min(size, 1 << 26)))
        return int(json.loads(header["__metadata__"]["density"])["dimension"])
    except OSError as error:
        raise StorageError(f"cannot open '{file}': {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"'{file}' is not a saved run") from error


def _array(data: memoryview, entry: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    start, end = entry["data_offsets"]
    return np.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"]).copy()


def write_tensors(
    path: str | os.PathLike[str], tensors: Tensors, metadata: Mapping[str, str]
) -> None:
    """Write arrays to a safetensors file, whole or not at all.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    place = 0
    for name, array in tensors.items():
        end = place + array.nbytes
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [place, end]}
        place = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    target = Path(path)
    import tempfile  # brings much along

    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name)
        with os.fdopen(handle, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for array in tensors.values():
                file.write(np.ascontiguousarray(array, dtype="<f4").tobytes())
        Path(temporary).replace(target)
    except OSError as error:
        raise StorageError(f"cannot write '{os.fspath(path)}': {error.strerror}") from error
