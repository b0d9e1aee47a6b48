"""`python -m tightrope`: the command-line program that comes with the package."""

from __future__ import annotations

import os
import sys

from tightrope.program import PROGRAM


def main() -> None:
    """Become the command-line program, with the arguments of this process."""
    if not PROGRAM.exists():
        sys.exit("tightrope: this installation was built without the command-line program")
    os.execv(PROGRAM, ["tightrope", *sys.argv[1:]])


if __name__ == "__main__":
    main()
