#!/usr/bin/env bash
# Installs what the other commands need: Debian packages on the system, all the rest in .deps. Done parts are skipped.
# Usage: setup.sh [PART...]     without parts: all of them. `./dev setup --again PART` does a part that is done once more.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
. scripts/stamp.sh

# part | what it brings | what it depends on
parts=(
  "system-build|Debian packages: compiler, libraries|scripts/setup-system.sh scripts/system-packages.txt"
  "system-editors|Debian packages: Chromium, tmux|scripts/setup-system.sh scripts/system-packages.txt"
  "system-lint|Debian packages: luacheck|scripts/setup-system.sh scripts/system-packages.txt"
  "node|Node and npm|scripts/setup-node.sh"
  "parsers|tree-sitter and its Python grammar|scripts/setup-parsers.sh"
  "pythons|CPython 3.12, 3.13, 3.14, 3.15|scripts/setup-pythons.sh scripts/debian-suite.sh"
  "venvs|an environment for each interpreter|scripts/setup-venvs.sh tests/requirements.txt .deps/pythons.txt"
  "nvim|Neovim|scripts/setup-nvim.sh scripts/debian-suite.sh"
  "vscode|the VS Code workbench|scripts/setup-vscode.sh"
  "lint|formatters and linters|scripts/setup-lint.sh scripts/lint/requirements.txt scripts/lint/package-lock.json .deps/pythons.txt"
)

script_of() { case $1 in system-*) echo "scripts/setup-system.sh ${1#system-}" ;; *) echo "scripts/setup-$1.sh" ;; esac; }

# Things that a part has made and that others may have taken away again.
still_there() {
  case $1 in
    system-*) [ -x /usr/bin/cmake ] || [ "$1" != system-build ] ;;
    node) [ -x .deps/node/bin/node ] && [ -e .deps/node/bin/npm ] ;;
    parsers) [ -e .deps/tree-sitter/vendor ] && [ -e .deps/tree-sitter-python/src ] ;;
    pythons) [ -e .deps/python-include/Python.h ] && while read -r _ python; do [ -x "$python" ] || return 1; done <.deps/pythons.txt ;;
    venvs) while read -r version _; do [ -x ".deps/venv-$version/bin/pytest" ] || return 1; done <.deps/pythons.txt ;;
    lint) [ -x .deps/venv-lint/bin/ruff ] ;;
  esac
}

do_part() { # PART WHAT INPUT...
  local part=$1 what=$2 log=.deps/logs/$1.log started=$SECONDS
  shift 2
  if [ "$again" = no ] && is_done "$part" "$@" && still_there "$part"; then return 0; fi
  # shellcheck disable=SC2046  # the script and its argument are two words
  [ -e "$(script_of "$part" | cut -d' ' -f1)" ] || return 0
  step "$what"
  # shellcheck disable=SC2046
  $(script_of "$part") >"$log" 2>&1 &
  local job=$! waited=0
  while kill -0 "$job" 2>/dev/null; do
    sleep 0.2
    waited=$((waited + 1))
    [ $((waited % 100)) -ne 0 ] || note "$what: still at it after $((SECONDS - started)) s"
  done
  if ! wait "$job"; then
    bad "$what failed:"
    tail -20 "$log" >&2
    return 1
  fi
  cat "$log"
  mark_done "$part" "$@"
  good "$what ($((SECONDS - started)) s)"
}

do_parts() { # PART...: those of them that were asked for, one after the other
  local part row
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
do_parts system-build system-editors system-lint # apt is one at a time
# The rest is mostly waiting for the network: two strands at once.
do_parts node parsers vscode nvim &
strand=$!
status=0
do_parts pythons venvs || status=1
wait "$strand" || status=1
[ $status = 0 ] && do_parts lint || status=1
[ $status = 0 ] || die "the set-up is not complete" "Mend what the lines above name, then run it again: what is done stays done. Whole logs: .deps/logs/"
good "set up (${SECONDS} s)"
