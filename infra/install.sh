#!/bin/sh
# Create a virtual environment from hashed requirements, with the command `darkroom` of this checkout:
# install.sh VENV REQUIREMENTS
# Use $PYTHON, or the first Python that is new enough.
set -eu
venv=$1 requirements=$2
project=$(cd "$(dirname "$0")/.." && pwd -P)

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null
}

version_of() {
    "$1" --version 2>/dev/null || echo "not a Python that runs"
}

find_python() {
    for candidate in python3.12 python3.13 python3.14 python3; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

python=${PYTHON:-$(find_python)}
if [ -z "$python" ]; then
    fail "Darkroom needs Python 3.12 or newer. Here python3 is: $(version_of python3)." \
        "Install python3.12 with its venv module, or say where it is: make install PYTHON=/path/to/python3.12"
fi
if ! is_new_enough "$python"; then
    fail "Darkroom needs Python 3.12 or newer. PYTHON=$python is: $(version_of "$python")."
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    fail "$python has no venv module. On Debian and Ubuntu it is a package of its own:" \
        "  sudo apt install $(basename "$python")-venv"
fi

echo "Making $venv with $(version_of "$python"); this takes a minute …"
"$python" -m venv --clear "$venv"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"; then
    fail "The packages could not be installed: the lines above say why." \
        "Once that is mended (is the network there?), the same command starts afresh."
fi

# Editable: the command runs what is checked out, also after `git pull`. The requirements include what builds it.
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation \
    --editable "$project"; then
    fail "Cannot install the command darkroom; pip's message is above. Check that $project is writable."
fi
