#!/bin/sh
# Prints the Python to make .venv with: $1 if given, else the first on the path that is 3.11 or newer and can make one.
set -eu

usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ -n "${1:-}" ]; then
    if usable "$1"; then
        printf '%s\n' "$1"
        exit 0
    fi
    printf 'PYTHON=%s is not Python 3.11 or newer with the venv module.\n' "$1" >&2
    exit 1
fi
for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
    if usable "$name"; then
        printf '%s\n' "$name"
        exit 0
    fi
done
printf '%s\n' 'Python 3.11 or newer with its venv module was not found.' \
    'Install it (Debian: apt-get install python3 python3-venv) or name it: make run PYTHON=/path/to/python3.' >&2
exit 1
