#!/bin/sh
# Builds the library with libFuzzer's counters, and links Configurations.swift with it.
# Usage: Tests/Fuzz/link.sh FOLDER PROGRAM
set -eu

folder=$1
program=$2
cd "$(dirname "$0")/../.."

swift build -c release --scratch-path "$folder" --target Interface -Xswiftc -sanitize=fuzzer
built=$(echo "$folder"/*/release)
set --
for map in "$built"/C*.build/module.modulemap; do set -- "$@" -Xcc "-fmodule-map-file=$map"; done
find "$built" -name '*.o' >"$built/objects.list"
swiftc -O -parse-as-library -sanitize=fuzzer -module-name Fuzz -I "$built/Modules" "$@" \
    Tests/Fuzz/Configurations.swift "@$built/objects.list" -o "$program"
