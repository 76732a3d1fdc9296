#!/usr/bin/env bash
# Installs what the other commands need: Debian packages on the system, all the rest in .deps. Done parts are skipped.
# Usage: setup.sh [PART...]     without parts: all of them. `./dev setup --again PART` does a part that is done once more.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
. scripts/stamp.sh

# part | what it brings | what it depends on. The script is setup-PART.sh; what follows a part's hyphen is its argument.
system="scripts/setup-system.sh scripts/system-packages.txt"
python="scripts/setup-python.sh scripts/debian-suite.sh"
venv="scripts/setup-venv.sh tests/requirements.txt"
parts=(
  "system-build|Debian packages: compiler, libraries|$system"
  "system-editors|Debian packages: Chromium, tmux|$system"
  "system-lint|Debian packages: luacheck|$system"
  "system-fuzz|Debian packages: Clang with libFuzzer|$system"
  "node|Node and npm|scripts/setup-node.sh"
  "parsers|tree-sitter and its Python grammar|scripts/setup-parsers.sh"
  "vscode|the VS Code workbench|scripts/setup-vscode.sh"
  "nvim|Neovim|scripts/setup-nvim.sh"
  "python-3.12|CPython 3.12|$python"
  "python-3.13|CPython 3.13|$python"
  "python-3.14|CPython 3.14|$python"
  "python-3.15|CPython 3.15|$python"
  "venv-3.12|the tests' environment on 3.12|$venv .deps/pythons/3.12"
  "venv-3.13|the tests' environment on 3.13|$venv .deps/pythons/3.13"
  "venv-3.14|the tests' environment on 3.14|$venv .deps/pythons/3.14"
  "venv-3.15|the tests' environment on 3.15|$venv .deps/pythons/3.15"
  "lint|formatters and linters|scripts/setup-lint.sh scripts/lint/requirements.txt scripts/lint/package-lock.json .deps/pythons/3.14"
)

# What a part has made may have been taken away again.
still_there() { # PART
  local argument=${1#*-}
  case $1 in
    node) [ -x .deps/node/bin/node ] && [ -e .deps/node/bin/npm ] ;;
    parsers) [ -e .deps/tree-sitter/vendor ] && [ -e .deps/tree-sitter-python/src ] ;;
    vscode) [ -e .deps/vscode/server-main.js ] ;;
    nvim) [ -x .deps/nvim-0.12/usr/bin/nvim ] ;;
    python-*) [ -x "$(cat ".deps/pythons/$argument" 2>/dev/null)" ] && [ -e .deps/python-include/Python.h ] ;;
    venv-*) [ -x ".deps/venv-$argument/bin/pytest" ] ;;
    lint) [ -x .deps/venv-lint/bin/ruff ] && [ -x .deps/lint-node/node_modules/.bin/biome ] ;;
    system-build) command -v cmake ninja c++ >/dev/null ;;
    system-editors) command -v chromium tmux >/dev/null ;;
    system-lint) command -v luacheck >/dev/null ;;
    system-fuzz) command -v clang++-19 llvm-symbolizer-19 >/dev/null ;;
  esac
}

do_part() { # PART WHAT INPUT...
  local part=$1 what=$2 log=.deps/logs/$1.log started=$SECONDS job waited=0
  shift 2
  if [ "$again" = no ] && is_done "$part" "$@" && still_there "$part"; then return 0; fi
  step "$what"
  if [[ $part = *-* ]]; then set -- "${part#*-}" "$@"; else set -- '' "$@"; fi
  # shellcheck disable=SC2086  # no argument is no word
  "scripts/setup-${part%%-*}.sh" $1 >"$log" 2>&1 &
  job=$!
  shift
  while kill -0 "$job" 2>/dev/null; do
    sleep 0.2
    waited=$((waited + 1))
    [ $((waited % 100)) -ne 0 ] || note "$what: still at it after $((SECONDS - started)) s"
  done
  if ! wait "$job"; then
    { bad "$what failed:"; tail -20 "$log"; } >&2
    return 1
  fi
  mark_done "$part" "$@"
  { grep '^    ' "$log"; good "$what ($((SECONDS - started)) s)"; } | buffered
}

# Strands end their parts at any moment: what one has to say comes in one piece.
buffered() { local all; all=$(cat); printf '%s\n' "$all"; }

do_parts() { # PART...: those of them that were asked for, one after the other
  local part row name what inputs
  for part; do
    [[ " ${wanted[*]} " = *" $part "* ]] || continue
    for row in "${parts[@]}"; do
      IFS='|' read -r name what inputs <<<"$row"
      [ "$name" = "$part" ] || continue
      read -ra inputs <<<"$inputs"
      do_part "$name" "$what" "${inputs[@]}" || return 1
    done
  done
}

again=no
wanted=()
for word; do
  if [ "$word" = --again ]; then again=yes; else wanted+=("$word"); fi
done
if [ ${#wanted[@]} -eq 0 ]; then
  for row in "${parts[@]}"; do wanted+=("${row%%|*}"); done
fi
for word in "${wanted[@]}"; do
  [[ " ${parts[*]%%|*} " = *" $word "* ]] || die "there is no part '$word'" "Parts: ${parts[*]%%|*}"
done

mkdir -p .deps/logs .deps/stamps
export PATH=$PWD/.deps/node/bin:$PATH
do_parts system-build system-editors system-lint system-fuzz # apt is one at a time
# The rest is mostly waiting for the network: three strands at once.
strands=()
do_parts node parsers vscode nvim & strands+=($!)
do_parts python-3.14 venv-3.14 lint & strands+=($!)
(for version in 3.12 3.13 3.15; do do_parts python-$version venv-$version || missing=1; done; exit "${missing:-0}") & strands+=($!)
status=0
for strand in "${strands[@]}"; do wait "$strand" || status=1; done
# for everybody else: a line "3.14 /path/to/python3.14" for each interpreter
for python in .deps/pythons/*; do
  [ ! -e "$python" ] || echo "${python##*/} $(cat "$python")"
done >.deps/pythons.new
cmp -s .deps/pythons.new .deps/pythons.txt || cp .deps/pythons.new .deps/pythons.txt
[ $status = 0 ] || die "the set-up is not complete" "Mend what the lines above name, then run it again: what is done stays done. Whole logs: .deps/logs/"
good "set up (${SECONDS} s)"
