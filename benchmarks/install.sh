#!/bin/sh
# Makes benchmarks/.venv with what the peers need. A peer that cannot be installed is named and left
# out: its columns stay empty, and ours are measured all the same.
# Usage: benchmarks/install.sh PYTHON TORCH JAX, for example
#        benchmarks/install.sh python3 torch==2.13.0+cpu jax
set -eu

environment=$(dirname "$0")/.venv
python=$1
shift

missing() {
    echo "benchmarks: $1 could not be installed. Rows that need it will show \"-\"." >&2
    echo "benchmarks: the network or the package index may be at fault; make bench tries again." >&2
    complete=no
}

complete=yes
if ! [ -x "$environment/bin/python" ] && ! "$python" -m venv "$environment"; then
    echo "benchmarks: no virtual environment: only Tightrope will be measured." >&2
    exit 0
fi
for package in numpy scipy "$@"; do
    echo "benchmarks: installing $package" >&2
    "$environment/bin/python" -m pip install -q "$package" || missing "$package"
done
[ $complete = no ] || echo "$*" >"$environment/.installed"
