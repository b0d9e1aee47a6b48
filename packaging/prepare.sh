#!/bin/sh
# Makes sure of the system packages that `make demo` and `make test` need besides Swift: as root it
# installs those that are missing, otherwise it says which and stops. Quick when nothing is missing.
set -eu

python=$("$(dirname "$0")/python.sh")
missing=""

need() { # need PACKAGE COMMAND...: the package is missing unless the command succeeds
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

has_header() {
    "$1" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")'
}

command -v swift >/dev/null || {
    echo "Swift 6.3 or later is needed, and no 'swift' is on PATH: https://www.swift.org/install" >&2
    exit 1
}
need python3 "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'
need python3-venv "$python" -c 'import ensurepip, venv'
need python3-dev has_header "$python"
need gcc command -v cc
need g++ command -v c++
need binutils command -v readelf
need pkg-config command -v pkg-config
need cmake command -v cmake
if [ -f /etc/debian_version ]; then
    need python3-numpy "$python" -c 'import numpy'
fi

[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing system packages:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    echo "These system packages are missing:$missing" >&2
    echo "Install them and run make again, on Debian or Ubuntu with:" >&2
    echo "    sudo apt-get install -y$missing" >&2
    exit 1
fi
