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
    "$1" --version 2>/dev/null || echo "not a working Python"
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
    fail "Darkroom needs Python 3.12 or newer. python3 is: $(version_of python3)." \
        "Install python3.12 with its venv module, or set its path: make install PYTHON=/path/to/python3.12"
fi
if ! is_new_enough "$python"; then
    fail "Darkroom needs Python 3.12 or newer. PYTHON=$python is: $(version_of "$python")."
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    fail "$python has no venv module. On Debian and Ubuntu it is a separate package:" \
        "  sudo apt install $(basename "$python")-venv"
fi

echo "Creating $venv with $(version_of "$python"); this takes a minute …"
"$python" -m venv --clear "$venv"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"; then
    fail "Cannot install the packages; pip's message is above." \
        "Check the network, then run the same command again."
fi

# Editable: the command runs the checked-out code, also after `git pull`. The requirements include the build backend.
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation \
    --editable "$project"; then
    fail "Cannot install the command darkroom; pip's message is above. Check that $project is writable."
fi
