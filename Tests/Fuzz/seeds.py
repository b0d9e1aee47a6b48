"""Write small files of every format that is read, each after the byte that names its reader.

Run as: python Tests/Fuzz/seeds.py FOLDER
"""

from __future__ import annotations

import io
import json
import struct
import sys
from pathlib import Path

import numpy as np

SAFETENSORS, NPY, IDX, JSON, SETTING, ARRAY = range(6)


def safetensors(header: dict[str, object], data: bytes) -> bytes:
    """Return a file of a header and its data."""
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def npy(array: np.ndarray) -> bytes:
    """Return a NumPy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def seeds() -> list[tuple[int, bytes]]:
    """Return (reader, file) pairs."""
    entry = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    other = {"dtype": "U8", "shape": [], "data_offsets": [24, 25]}
    types = ["<f4", "<f8", "<i4", "<i8", "u1", "?", ">f4", "<c8"]
    config = {
        "steps": 5,
        "optimizer": {"name": "adam", "learning_rate": 1e-3},
        "x": [1, None, True],
    }
    return [
        (SAFETENSORS, safetensors({"a": entry, "__metadata__": {"k": "v"}}, bytes(24))),
        (SAFETENSORS, safetensors({"a": entry, "b": other}, bytes(25))),
        (SAFETENSORS, safetensors({}, b"")),
        *((NPY, npy(np.zeros((2, 3), dtype))) for dtype in types),
        (NPY, npy(np.asfortranarray(np.zeros((2, 3))))),
        (NPY, npy(np.float32(1))),
        (IDX, struct.pack(">4B3I", 0, 0, 8, 3, 2, 2, 2) + bytes(8)),
        (IDX, struct.pack(">4BI", 0, 0, 8, 1, 3) + bytes(3)),
        (JSON, json.dumps(config).encode()),
        (JSON, json.dumps(config, indent=2, ensure_ascii=False).encode()),
        (JSON, b'["\\u00e9\\ud83d\\ude00", -1.5e-300, 12345678901234567890]'),
        (JSON, b"[" * 40 + b"]" * 40),
        (SETTING, b"optimizer.learning_rate=1e-3"),
        (SETTING, b"means=[[-2, 0], [2, 0]]"),
        (ARRAY, bytes(range(16))),
    ]


def main() -> None:
    """Write one file for each seed."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for index, (reader, content) in enumerate(seeds()):
        (folder / f"seed-{index:02d}").write_bytes(bytes([reader]) + content)


if __name__ == "__main__":
    main()
