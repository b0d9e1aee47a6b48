#!/bin/sh
# Links the one library of the Python package: what tightrope.h declares, and the command-line program as
# `tightrope_main`, which share everything else. Two files would hold all of it twice.
# Usage: packaging/python-library.sh BINARIES LIBRARY
# Functions of the same code are one there (--icf): nothing compares their addresses.
# Ends with status 3 where BINARIES is no build folder: then there is nothing to link.
set -eu

binaries=$1
library=$2
here=$(cd "$(dirname "$0")" && pwd)
interface=$binaries/CTightrope.product/Objects.LinkFileList
program=$binaries/tightrope.product/Objects.LinkFileList
[ -e "$interface" ] && [ -e "$program" ] || exit 3

objects=$(mktemp)
trap 'rm -f "$objects"' EXIT
cat "$interface" "$program" | sort -u >"$objects"

# The lists name files as seen from the package's folder.
cd "$here/.."
swiftc -use-ld=lld -emit-library -o "$library" "@$objects" -static-stdlib \
    -Xlinker --gc-sections -Xlinker --icf=all -Xlinker -s \
    -Xlinker --version-script="$here/exports.map" \
    -Xlinker -soname -Xlinker libtightrope.so.0 \
    -Xlinker --start-group -lFoundationEssentials -lswiftSynchronization -l_FoundationCShims \
    -l_FoundationCollections -Xlinker --end-group 2>"$objects.log" || {
    cat "$objects.log" >&2
    exit 1
}
rm -f "$objects.log"
