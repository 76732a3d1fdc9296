#!/usr/bin/env bash
# The editor tests: the real VS Code and the real Neovim, set up first where that has not been done.
# Usage: tests/editors/run.sh [vscode|neovim] [--screenshots] [--latency]
#   BRANCHLIGHT  the program to test; default build/release/server/branchlight
#   PYTHON       the interpreter that runs the measured programs
#   FIGURES      a file that takes the measured latencies, one line of JSON each
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
images=$root/docs/images

main() {
  local editors=() screenshots='' latency='' status=0 argument
  for argument in "$@"; do
    case $argument in
      vscode | neovim) editors+=("$argument") ;;
      --screenshots) screenshots=1 ;;
      --latency) latency=1 ;;
      *) sed -n '2,7s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
    esac
  done
  [ ${#editors[@]} -gt 0 ] || editors=(vscode neovim)
  node "$here/docs.mjs" || status=1
  for argument in "${editors[@]}"; do
    case $argument in
      vscode) run_vscode "$screenshots" "$latency" || status=1 ;;
      neovim) run_neovim "$screenshots" "$latency" || status=1 ;;
    esac
  done
  exit "$status"
}

run_vscode() { # SCREENSHOTS LATENCY
  "$root/scripts/setup-vscode.sh" && package_extension || return 1
  echo "== VS Code $(head -1 "$root/.deps/vscode/version.txt")"
  local status=0
  node "$here/vscode.mjs" ${1:+"$images/vscode.png"} || status=1
  node "$here/vscode_trust.mjs" || status=1
  [ -z "$2" ] || node "$here/latency_vscode.mjs" || status=1
  return "$status"
}

package_extension() {
  cd "$root/editors/vscode" || return 1
  local stamp=node_modules/.package-lock.stamp
  if ! cmp -s package-lock.json "$stamp"; then
    echo "installing the extension's build tools"
    nice npm ci --no-audit --no-fund --loglevel=error >/dev/null && cp package-lock.json "$stamp" || return 1
  fi
  if [ ! -e branchlight.vsix ] || [ -n "$(find src images package.json README.md esbuild.mjs -newer branchlight.vsix)" ]; then
    nice npm run --silent package >/dev/null || { echo "FAIL: npm run package"; return 1; }
  fi
}

run_neovim() { # SCREENSHOTS LATENCY
  "$root/scripts/setup-nvim.sh" || return 1
  "$here/neovim.sh" ${1:+"$images/neovim.png"}
  local status=$?
  [ -z "$2" ] || node "$here/latency_neovim.mjs" || status=1
  return "$status"
}

main "$@"
