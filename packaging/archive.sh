#!/bin/sh
# Makes the static library: the objects of the shared one and what they use of the Swift runtime,
# linked into a single object that shows nothing but tightrope_*, so that it can live in a program
# next to any other Swift code. A program links it with -lstdc++ -lm -ldl -lpthread.
# Usage: packaging/archive.sh BINARIES ARCHIVE
set -eu

objects=$1/CTightrope.product/Objects.LinkFileList
archive=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

swift=$(readlink -f "$(command -v swift)")
runtime=$(dirname "$swift")/../lib/swift_static/linux
start=$runtime/$(uname -m)/swiftrt.o
libraries=""
for name in swiftCore swift_Concurrency swift_StringProcessing swift_RegexParser \
    swiftSynchronization swiftGlibc dispatch BlocksRuntime; do
    [ ! -e "$runtime/lib$name.a" ] || libraries="$libraries $runtime/lib$name.a"
done

# shellcheck disable=SC2086 # a list of words
tr '\n' '\0' <"$objects" | xargs -0 sh -c \
    'out=$1 start=$2 libraries=$3; shift 3
     ld -r -o "$out" "$@" "$start" --start-group $libraries --end-group' \
    link "$work/whole.o" "$start" "$libraries"
objcopy --wildcard --keep-global-symbol='tightrope_*' --strip-debug \
    "$work/whole.o" "$work/tightrope.o"
rm -f "$archive"
ar rcs "$archive" "$work/tightrope.o"
