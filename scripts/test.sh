#!/usr/bin/env bash
# Builds the release preset and runs the suites of tests/suites.toml. Usage: test.sh [--list] [SUITE...]
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${1:-}" = --list ] || scripts/build.sh release
exec .deps/venv-3.14/bin/python scripts/run_suites.py "$@"
