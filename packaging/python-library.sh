#!/bin/sh
# Links the one library of the Python package: what tightrope.h declares, and the command-line program as
# `tightrope_main`, which share everything else. Two files would hold all of it twice.
# Usage: packaging/python-library.sh BINARIES LIBRARY
# Functions of the same code are one there (--icf): nothing compares their addresses. The smallest part of
# Foundation is looked at first, or the rest of it (30 MB) would come along for what both parts hold.
# Tables for unwinding the stack are blanked where llvm-objcopy is at hand: nothing here throws C++ exceptions, and
# they would be a tenth of the package.
# Ends with status 3 where BINARIES is no build folder: then there is nothing to link.
set -eu

binaries=$1
library=$2
here=$(cd "$(dirname "$0")" && pwd)
interface=$binaries/CTightrope.product/Objects.LinkFileList
program=$binaries/tightrope.product/Objects.LinkFileList
[ -e "$interface" ] && [ -e "$program" ] || exit 3

objects=$(mktemp)
trap 'rm -f "$objects" "$objects.log" "$objects.o"' EXIT
cat "$interface" "$program" | sort -u >"$objects"
runtime=$(swiftc -static-stdlib -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')

"${CC:-cc}" -O2 -fPIC -c "$here/older-libc.c" -o "$objects.o"

# The lists name files as seen from the package's folder.
cd "$here/.."
swiftc -use-ld=lld -emit-library -o "$library" "$runtime/linux/libFoundationEssentials.a" \
    "$runtime/linux/lib_FoundationCShims.a" "$runtime/linux/lib_FoundationCollections.a" \
    "$objects.o" "@$objects" -static-stdlib -Xlinker -z -Xlinker defs \
    -Xlinker --gc-sections -Xlinker --icf=all -Xlinker -s \
    -Xlinker --version-script="$here/exports.map" \
    -Xlinker -soname -Xlinker libtightrope.so.0 2>"$objects.log" || {
    cat "$objects.log" >&2
    exit 1
}
blank=$(dirname "$(command -v swiftc)")/llvm-objcopy
[ ! -x "$blank" ] || "$blank" -R .eh_frame -R .eh_frame_hdr "$library"
