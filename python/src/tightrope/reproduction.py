"""Rows of published tables, run again by the command-line program of this package."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from typing import Any

from tightrope import _native
from tightrope.arguments import json_text, whole_number
from tightrope.arguments import seed as checked_seed
from tightrope.errors import ConfigError, MissingDependencyError, NumericalError
from tightrope.program import PROGRAM


def experiments() -> list[str]:
    """Return the names of the rows that `reproduce` can run."""
    return json.loads(_native.names("experiments"))


def reproduce(
    name: str,
    *,
    preset: str = "laptop",
    seeds: int = 1,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    progress: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a row of a published table again.

    Parameters
    ----------
    name : str
        Of the experiment, such as "gfn-diffusion/25gmm-tb"; `experiments()` lists them.
    preset : str, default "laptop"
        "smoke" takes seconds, "laptop" at most ten minutes a seed on two processors, "paper" has
        the published settings.
    seeds : int, default 1
        How many seeds.
    seed : int, default 0
        The first of them.
    out : path, optional
        Folder of runs and table; runs/reproduce/<name>-<preset> by default. A seed that is
        finished there is not run again, one that was interrupted goes on.
    progress : bool, default False
        Show how training goes on standard error.
    settings : mapping, optional
        Changes of the run's configuration.

    Returns
    -------
    dict
        The table: "published", "seeds", "summary_over_seeds", "notes", "provenance". The folder
        has it as table.json and, to read, table.md.

    Raises
    ------
    ConfigError
        If a name or setting is unknown, or what `out` holds was made with other settings.
    NumericalError
        If the computation failed.
    MissingDependencyError
        If the package was built without the command-line program.
    KeyboardInterrupt
        On Ctrl-C; call again to go on.

    Examples
    --------
    >>> table = reproduce("gfn-diffusion/25gmm-tb", preset="smoke", out="runs/smoke")
    >>> table["published"][0]["figures"]["bound-error"]["value"]
    1.176
    >>> table["summary_over_seeds"]["bound-error"]["mean"] > 0
    True
    """
    if not PROGRAM.exists():
        raise MissingDependencyError("this installation was built without the program 'tightrope'")
    count = whole_number(seeds, "seeds", 1, 1000)
    command = [str(PROGRAM), "reproduce", name, "--preset", preset, "--json"]
    command += ["--seeds", str(count), "--seed", str(checked_seed(seed))]
    command += [] if out is None else ["--out", os.fspath(out)]
    command += [] if progress else ["--quiet"]
    for key, value in json.loads(json_text(settings or {})).items():
        command += ["--set", f"{key}={json.dumps(value)}"]
    status, output, messages = _run(command, shows_messages=progress)
    if status == 2:
        raise ConfigError(_sentence(messages))
    if status != 0:
        raise NumericalError(_sentence(messages))
    return json.loads(output)


def _run(command: list[str], *, shows_messages: bool) -> tuple[int, str, str]:
    """Run a command; Ctrl-C stops it by one signal, after which it keeps what it has done."""
    import subprocess  # brings much along

    messages = None if shows_messages else subprocess.PIPE
    # In a group of its own, for the terminal's signal would be a second one.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=messages, encoding="utf-8", process_group=0
    ) as process:
        try:
            output, errors = process.communicate()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.communicate()
            raise
    return process.returncode, output, errors or ""


def _sentence(messages: str) -> str:
    """Return what went wrong in the program's words."""
    for line in messages.splitlines():
        if line.startswith("error: "):
            return line.removeprefix("error: ")
    return "the program 'tightrope' failed; its messages are on standard error"
