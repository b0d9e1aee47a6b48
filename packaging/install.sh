#!/bin/sh
# Installs header, libraries, pkg-config and CMake files, and the program where it was built.
# Usage: packaging/install.sh PREFIX BINARIES   (BINARIES: where libCTightrope.so is)
# DESTDIR in the environment stages the files elsewhere than where they will be used.
set -eu

prefix=$1
binaries=$2
here=$(cd "$(dirname "$0")" && pwd)
header=$here/../Sources/CTightrope/include/tightrope.h
to=${DESTDIR:-}$prefix

part() { sed -n "s/^#define TIGHTROPE_VERSION_$1 \([0-9]*\)$/\1/p" "$header"; }
version=$(part MAJOR).$(part MINOR).$(part PATCH)
soname=$(readelf -d "$binaries/libCTightrope.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
soname=${soname:-libtightrope.so}

fill() { # fill TEMPLATE DESTINATION
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@VERSION@|$version|g" -e "s|@SONAME@|$soname|g" \
        "$here/$1" >"$2"
}

cmake=$to/lib/cmake/Tightrope
mkdir -p "$to/include" "$to/lib/pkgconfig" "$cmake"
install -m 644 "$header" "$to/include/tightrope.h"
install -m 755 "$binaries/libCTightrope.so" "$to/lib/$soname"
[ "$soname" = libtightrope.so ] || ln -sf "$soname" "$to/lib/libtightrope.so"
fill tightrope.pc.in "$to/lib/pkgconfig/tightrope.pc"
fill TightropeConfig.cmake.in "$cmake/TightropeConfig.cmake"
fill TightropeConfigVersion.cmake.in "$cmake/TightropeConfigVersion.cmake"
if [ -e "$binaries/CTightrope.product/Objects.LinkFileList" ]; then
    "$here/archive.sh" "$binaries" "$to/lib/libtightrope.a"
fi
if [ -x "$binaries/tightrope" ]; then
    mkdir -p "$to/bin"
    install -m 755 "$binaries/tightrope" "$to/bin/tightrope"
fi
echo "Installed tightrope $version in $to"
