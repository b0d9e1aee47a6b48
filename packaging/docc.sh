#!/bin/sh
# Makes the documentation of the Swift library from what is built, with the compiler's own tools.
# Usage: packaging/docc.sh BINARIES ARCHIVE
set -eu

binaries=$1
archive=$2
here=$(cd "$(dirname "$0")" && pwd)
symbols=$(mktemp -d)
trap 'rm -rf "$symbols"' EXIT

for map in "$binaries"/C*.build/module.modulemap; do
    set -- "$@" -Xcc "-fmodule-map-file=$map"
done
shift 2
target=$(swiftc -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p')

for module in Samplers Densities Training Objectives Chains Metrics Experiments Storage Kernels \
    Numerics; do
    swift-symbolgraph-extract -module-name "$module" -I "$binaries/Modules" "$@" \
        -target "$target" -minimum-access-level public -output-dir "$symbols"
done
docc convert "$here/../docs/Tightrope.docc" --additional-symbol-graph-dir "$symbols" \
    --output-path "$archive" --fallback-bundle-identifier tightrope \
    --fallback-display-name Tightrope
