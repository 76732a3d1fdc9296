#!/usr/bin/env bash
# One environment for each interpreter of .deps/pythons.txt, .deps/venv-VERSION, with what the tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

while read -r version python; do
  rm -rf ".deps/venv-$version"
  "$python" -m venv ".deps/venv-$version"
  ".deps/venv-$version/bin/python" -m pip --quiet --disable-pip-version-check install -r tests/requirements.txt ||
    die "pip could not install tests/requirements.txt for Python $version" "Look at the lines above."
  note "environment for $version"
done <.deps/pythons.txt
