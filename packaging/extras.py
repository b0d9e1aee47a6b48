"""Print the requirements of an extra of pyproject.toml, for pip, without building the package."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def requirements(extra: str, table: dict[str, list[str]]) -> list[str]:
    """Return the requirements of an extra, those of the extras inside it resolved."""
    result: list[str] = []
    for requirement in table[extra]:
        inner = requirement.removeprefix("tightrope[").removesuffix("]")
        result += [requirement] if inner == requirement else requirements(inner, table)
    return result


if __name__ == "__main__":
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    print(*requirements(sys.argv[1], project["optional-dependencies"]))
