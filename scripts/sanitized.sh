#!/usr/bin/env bash
# Builds tests with the preset of a sanitizer and runs them: a line "ok NAME" or "FAIL NAME" each.
# Usage: sanitized.sh PRESET TEST...
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
mkdir -p build
cmake --preset "$preset" >"build/$preset.configure.log" 2>&1 || { cat "build/$preset.configure.log"; exit 1; }
cmake --build --preset "$preset" --target "$@"
status=0
for test; do
  path=$(sed -n "s/^$test //p" "build/$preset/doctests.txt")
  if "$path"; then echo "ok $test"; else echo "FAIL $test"; status=1; fi
done
exit $status
