#!/usr/bin/env bash
# An environment of one interpreter, .deps/venv-VERSION, with what the tests need. Usage: setup-venv.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
version=$1

rm -rf ".deps/venv-$version"
"$(cat ".deps/pythons/$version")" -m venv ".deps/venv-$version"
".deps/venv-$version/bin/python" -m pip --quiet --disable-pip-version-check install -r tests/requirements.txt ||
  die "pip could not install tests/requirements.txt for Python $version" "Look at the lines above."
