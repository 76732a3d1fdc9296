#!/usr/bin/env bash
# Configures and builds with a CMake preset. Usage: build.sh [PRESET [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
preset=${1:-release}
targets=("${@:2}")
started=$SECONDS

[ -e .deps/python-include/Python.h ] && [ -e .deps/tree-sitter/LICENSE ] || die "not set up" "Run ./dev setup."
cmake --list-presets=build 2>/dev/null | grep -q "\"$preset\"" ||
  die "there is no preset '$preset'" "Presets: $(cmake --list-presets=build | sed -n 's/^ *"\([a-z]*\)".*/\1/p' | tr '\n' ' ')"
step "building ($preset) in build/$preset"
log=build/$preset.configure.log
mkdir -p build
cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; die "cmake could not configure" "Its words are above."; }
NINJA_STATUS='    [%f/%t] ' cmake --build --preset "$preset" ${targets:+--target "${targets[@]}"} || die "the build failed" "The first error above says where."
good "built build/$preset ($((SECONDS - started)) s)"
