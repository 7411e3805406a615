#!/bin/sh
# Makes a virtual environment from hashed requirements: install.sh VENV REQUIREMENTS
set -eu
venv=$1 requirements=$2

newest=""
for candidate in "${PYTHON:-python3.12}" python3.12 python3.13 python3.14 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        newest=$candidate
        break
    fi
done
if [ -z "$newest" ]; then
    found=$(python3 --version 2>/dev/null || echo "no Python")
    echo "Darkroom needs Python 3.12 or newer; this machine has: $found." >&2
    echo "Install python3.12 with its venv module, or say where it is: make install PYTHON=/path/to/python3.12" >&2
    exit 1
fi
"$newest" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
