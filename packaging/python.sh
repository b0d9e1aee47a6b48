#!/bin/sh
# Prints the Python to build with: the system's own if it is recent enough, else the one on PATH.
recent='import sys; sys.exit(sys.version_info < (3, 11))'
if /usr/bin/python3 -c "$recent" 2>/dev/null || ! command -v python3 >/dev/null; then
    echo /usr/bin/python3
else
    command -v python3
fi
