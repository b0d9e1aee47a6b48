"""Write small files of every format that is read, each after the byte that names its reader.

Run as: python Tests/Fuzz/seeds.py readers FOLDER

Or texts of every configuration that is taken, each after the two bytes that name its door, and
beside the folder a dictionary of all keys:

    python Tests/Fuzz/seeds.py configurations FOLDER
"""

from __future__ import annotations

import io
import json
import re
import struct
import sys
from pathlib import Path

import numpy as np

SAFETENSORS, NPY, IDX, JSON, SETTING, ARRAY, TOML = range(7)


TOML_TEXTS = [
    """steps = 500
x = [1, 2.5, true, "a\\u00e9"] # comment
'a b' = { c = 1e-3, d = 1979-05-27 }
[network]
width = 0xff
a.b = -inf
[[rows]]
text = \'\'\'
lines\'\'\'
[[rows]]
""",
    'a = """\\\n  folded"""\r\n[a.b."c d"]\r\n',
]


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
        *((TOML, text.encode()) for text in TOML_TEXTS),
    ]


OPEN, WRAP, LIMIT, RUN, DRAW, PATHS, REFINE, CHAINS, EVALUATE, LIKELIHOOD, NAMES, CALL = range(12)

FEW = {
    LIMIT: {"batch": 3, "calls": 10, "cache": 5, "timeout": 1, "failure": "replace", "value": -1},
    DRAW: {"steps": 4, "conditions": [0], "features": [[1.0]]},
    PATHS: {"steps": 4},
    REFINE: {"method": "smc", "chains": 2, "steps": 3, "proposals": 2, "effective_share": 0.5},
    EVALUATE: {"samples": 9, "seed": 1, "transport_samples": 4, "floor_repeats": 2},
    LIKELIHOOD: {
        "flow": "own",
        "draws": 9,
        "samples": 4,
        "divergence": "hutchinson",
        "matching": {"steps": 2},
    },
}


def configurations() -> list[tuple[int, bytes]]:
    """Return (door, second byte and text) pairs."""
    from tightrope import Run, _native

    found = [(NAMES, b"\0densities"), (NAMES, b"\x01log-variance")]
    for choice, name in enumerate(FUZZED_DENSITIES):
        entry = json.loads(_native.describe("densities", name))
        config = {key: 6 if key == "grid" else value for key, value in entry["config"].items()}
        found.append((OPEN, bytes([choice]) + json.dumps(config).encode()))
    for choice in range(5):
        found.append((WRAP, bytes([choice]) + b'{"scale": [2], "inverse_temperature": 0.5}'))
    for method in ("paths", "idem", "denoising"):
        config = {**Run("25gmm", {}).config, "method": method, "steps": 3}
        found += [(RUN, bytes([choice]) + json.dumps(config).encode()) for choice in range(2)]
        found += [
            (RUN, b"\0" + json.dumps({"method": method, key: value}).encode())
            for key, value in config.items()
            if isinstance(value, dict)
        ]
    for method in json.loads(_native.names("methods")):
        config = json.loads(_native.describe("methods", method))["config"]
        config |= {"method": method, "chains": 2, "draws": 3, "warm_up": 3}
        found.append((CHAINS, b"\0" + json.dumps(config).encode()))
    found += [(door, b"\0" + json.dumps(config).encode()) for door, config in FEW.items()]
    return found + [(CALL, bytes([choice]) + b"{}") for choice in range(13)]


FUZZED_DENSITIES = [
    *("gaussian", "25gmm", "gmm-40", "gaussian-mixture", "many-well", "funnel", "double-wells"),
    *("ring", "banana", "student-mixture", "dw4", "lennard-jones", "screened-coulomb"),
    *("log-gaussian-cox", "logistic-regression", "linear-measurement", "measured-mixture", "texts"),
    *("affine", "whitened", "positive", "tempered", "ratio", "images"),
]


def words(texts: list[bytes]) -> list[str]:
    """Return all keys and names in texts, as libFuzzer's dictionaries have them."""
    found = set(re.findall(rb'"[a-z][a-z0-9_-]*"', b" ".join(texts)))
    numbers = ["1e308", "-1", "9223372036854775807", "nan", "null", "true", "[[]]", "{}", "0.5"]
    return [*sorted('"' + word.decode().replace('"', '\\"') + '"' for word in found)] + [
        f'"{number}"' for number in numbers
    ]


def main() -> None:
    """Write one file for each seed."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    found = seeds() if kind == "readers" else configurations()
    for index, (door, content) in enumerate(found):
        (folder / f"seed-{index:02d}").write_bytes(bytes([door]) + content)
    if kind == "configurations":
        lines = words([content for _, content in found])
        folder.with_suffix(".dict").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
