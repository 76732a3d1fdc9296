#!/usr/bin/env bash
# Looks for inputs that break a promise, for as long as one likes. Usage: fuzz.sh hitlog|contents [--runs N]
#                                                                         fuzz.sh kills [--count N]
#                                                                         fuzz.sh branches [--count N] [--seed N]
# What `./dev test` does of this is small: the seeds with some damage (tests/fuzz/replay_test.cpp), and a few kills.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

# The value of an option, or what it is without it: value NAME DEFAULT ARGUMENT...
value() {
  local name=$1 default=$2
  shift 2
  [ $# -eq 0 ] || [ "$1" = "$name" ] || die "there is no option '$1'" "It is $name N."
  [ $# -eq 0 ] || [ $# -eq 2 ] || die "$name takes one number"
  [[ ${2-$default} =~ ^[1-9][0-9]*$ ]] || die "$name takes a number"
  echo "${2-$default}"
}

# With libFuzzer. What is found to be interesting stays in build/fuzz and is begun with the next time.
fuzz_bytes() { # TARGET [--runs N]
  local target=$1 runs
  shift
  runs=$(value --runs 10000000 "$@")
  scripts/build.sh fuzz
  local found=build/fuzz/found/$target broken=build/fuzz/broken/$target-
  mkdir -p "$found" build/fuzz/broken
  step "fuzzing $target: $runs inputs"
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
  export ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=8 # half the time
  local status=0
  "build/fuzz/tests/fuzz/fuzz_$target" -runs="$runs" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$broken" "$found" "tests/fuzz/corpus/$target" || status=$?
  [ "$status" != 72 ] || die "interrupted, with no promise broken so far" "The next run begins with what stays in $found."
  [ "$status" = 0 ] ||
    die "a promise is broken" "Its input is $broken...; once it is mended, put it into tests/fuzz/corpus/$target."
  good "$runs inputs of $target"
}

# Processes that are killed, on every interpreter in turn; the real collector, not built with sanitizers.
fuzz_kills() { # [--count N]
  local count version python
  count=$(value --count 1000 "$@")
  scripts/build.sh release collector_stage
  while read -r version _; do
    python=.deps/venv-$version/bin/python
    step "CPython $version: $count kills with each backend"
    BRANCHLIGHT_KILLS=$count "$python" -m pytest -q -rP tests/collector/test_kills.py
  done <.deps/pythons.txt
}

# Random programs, under coverage.py and under each backend, on every interpreter in turn.
fuzz_branches() { # [--count N] [--seed N] [--shrink N]
  local version python failed=0
  scripts/build.sh release branchlight collector_stage
  while read -r version _; do
    step "CPython $version"
    python=.deps/venv-$version/bin/python
    BRANCHLIGHT=build/release/server/branchlight "$python" tests/differential/fuzz.py "$@" || failed=1
  done <.deps/pythons.txt
  [ "$failed" = 0 ] || die "some programs are reported in another way than coverage.py reports them" "They are above."
  good "no program differs"
}

case ${1-} in
  branches) shift && fuzz_branches "$@" ;;
  hitlog | contents) fuzz_bytes "$@" ;;
  kills) shift && fuzz_kills "$@" ;;
  *) die "fuzz what?" "hitlog, contents (both: [--runs N]), kills ([--count N]) or branches ([--count N] [--seed N])" ;;
esac
