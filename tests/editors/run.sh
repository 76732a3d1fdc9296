#!/usr/bin/env bash
# The editor tests: the real VS Code and the real Neovim, set up first where that has not been done.
# Usage: tests/editors/run.sh [vscode|neovim] [--screenshots] [--only-latency]
#   BRANCHLIGHT  the program to test; default build/release/server/branchlight
#   PYTHON       the interpreter that runs the measured programs
#   FIGURES      a file to which the measured latencies are added, one line of JSON each
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
images=$root/docs/images

main() {
  local editors=() screenshots='' checks=1 status=0 argument
  for argument in "$@"; do
    case $argument in
      vscode | neovim) editors+=("$argument") ;;
      --screenshots) screenshots=1 ;;
      --only-latency) checks='' ;;
      *) sed -n '2,7s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
    esac
  done
  [ ${#editors[@]} -gt 0 ] || editors=(vscode neovim)
  [ -z "$checks" ] || node "$here/docs.mjs" || status=1
  for argument in "${editors[@]}"; do
    case $argument in
      vscode) run_vscode "$checks" "$screenshots" || status=1 ;;
      neovim) run_neovim "$checks" "$screenshots" || status=1 ;;
    esac
  done
  exit "$status"
}

run_vscode() { # CHECKS SCREENSHOTS
  "$root/scripts/setup-vscode.sh" && package_extension || return 1
  echo "== VS Code $(head -1 "$root/.deps/vscode/version.txt")"
  local status=0
  if [ -n "$1" ]; then
    node "$here/vscode.mjs" ${2:+"$images/vscode.png"} || status=1
    node "$here/vscode_trust.mjs" || status=1
  fi
  node "$here/latency_vscode.mjs" || status=1
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

run_neovim() { # CHECKS SCREENSHOTS
  "$root/scripts/setup-nvim.sh" || return 1
  local status=0
  if [ -n "$1" ]; then
    "$here/neovim.sh" ${2:+"$images/neovim.png"} || status=1
  fi
  node "$here/latency_neovim.mjs" || status=1
  return "$status"
}

main "$@"
