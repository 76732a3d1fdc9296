#!/usr/bin/env bash
# Neovim in the versions that tests/editors runs, from newer Debian suites, each in a prefix with its own libc:
# .deps/nvim-0.12/usr/bin/nvim and .deps/nvim-0.10/usr/bin/nvim. Done versions are skipped.
# Usage: setup-nvim.sh [0.10|0.12]...
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
. scripts/stamp.sh
[ $# -gt 0 ] || set -- 0.12 0.10

suites_of() { # VERSION: the Debian suites that carry it
  case $1 in
    0.12) echo sid forky ;;
    0.10) echo trixie ;;
  esac
}

# Debian's executable, pointed at the libc and the libraries beside it: DT_RPATH and no LD_LIBRARY_PATH, so that a
# language server that Neovim starts still gets the system's own. A real interpreter path in the executable keeps
# /proc/self/exe = nvim, which its terminal UI starts again.
relocate() { # PREFIX
  local prefix=$1 loader library
  loader=$(find "$prefix" -name 'ld-linux-*.so.*' -type f | head -1)
  library=$(dirname "$(find "$prefix/usr/lib" -name 'libuv.so.1' | head -1)")
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$library:$(dirname "$loader")" "$prefix/usr/bin/nvim"
  rm -rf "$library/gconv"
}

install_nvim() { # VERSION
  local version=$1 prefix=$PWD/.deps/nvim-$1 suite
  for suite in $(suites_of "$version"); do
    rm -rf "$prefix"
    if scripts/debian-suite.sh "$suite" "$prefix" "neovim=$version.*" && relocate "$prefix"; then
      "$prefix/usr/bin/nvim" --version >"$prefix/version.txt"
      note "$(head -1 "$prefix/version.txt") from Debian $suite"
      return
    fi
  done
  rm -rf "$prefix"
  die "no Neovim $version could be had from Debian ($(suites_of "$version"))" \
    "Put any Neovim $version at .deps/nvim-$version/usr/bin/nvim, or test the one that you have: NVIMS=/path/to/nvim tests/editors/neovim.sh."
}

for version; do
  [ -n "$(suites_of "$version")" ] || die "no Neovim $version is known here" "0.10 and 0.12 are."
  part=nvim-$version
  if ! { is_done "$part" scripts/setup-nvim.sh && [ -x ".deps/$part/usr/bin/nvim" ]; }; then
    command -v patchelf >/dev/null || scripts/setup-system.sh build
    note "fetching Neovim $version into .deps/$part"
    install_nvim "$version"
    mark_done "$part" scripts/setup-nvim.sh
  fi
done
