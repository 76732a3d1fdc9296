#!/usr/bin/env bash
# What a user of Neovim sees: headless, and in a real terminal under tmux, in each Neovim that was set up.
# Usage: neovim.sh [SCREENSHOT.png]      NVIMS: the executables to test, default .deps/nvim-*/usr/bin/nvim
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export BRANCHLIGHT=${BRANCHLIGHT:-$root/build/release/server/branchlight}
export PYTHON=${PYTHON:-$root/.deps/venv-3.14/bin/python}
read -ra nvims <<<"${NVIMS:-$(echo "$root"/.deps/nvim-*/usr/bin/nvim)}"

headless() { # NVIM
  local scratch status
  scratch=$(mktemp -d)
  cp -r "$here/workspace" "$scratch/shop"
  cp -r "$root/editors/neovim" "$scratch/plugin"
  (
    cd "$scratch/shop" || exit 1
    HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_STATE_HOME=$scratch PLUGIN=$scratch/plugin \
      timeout 300 "$1" --clean --headless -u "$here/neovim_init.lua" shop.py -c "luafile $here/neovim.lua"
  )
  status=$?
  [ "$status" -eq 0 ] || tail -n 20 "$scratch"/nvim/lsp.log 2>/dev/null | cut -c1-300
  rm -rf "$scratch"
  return "$status"
}

status=0
screenshot=${1:-}
for ((i = ${#nvims[@]} - 1; i >= 0; i--)); do # the newest first: it is the one in the picture
  echo "== $("${nvims[i]}" --version | head -1), headless"
  headless "${nvims[i]}" || status=1
  echo "== $("${nvims[i]}" --version | head -1), in a terminal"
  node "$here/neovim_terminal.mjs" "${nvims[i]}" ${screenshot:+"$screenshot"} || status=1
  screenshot=
done
exit "$status"
