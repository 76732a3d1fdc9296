#!/usr/bin/env bash
# A CPython of one supported version; .deps/pythons/VERSION says where it is.
# Taken from the machine (PATH, pyenv), else from a newer Debian suite, else from the package uv.
# The first one that has them also gives its C headers, for the collector, to .deps/python-include.
# Usage: setup-python.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

# Prints the real executable behind COMMAND when it is a usable CPython VERSION: the default build, able to make a venv.
usable() { # COMMAND VERSION
  "$1" -I - "$2" 2>/dev/null <<'PYTHON'
import sys, sysconfig
import ensurepip, venv  # noqa: F401  (Debian packages them apart)
version = "%d.%d" % sys.version_info[:2]
default_build = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
if version != sys.argv[1] or not default_build:
    sys.exit(1)
print(sys._base_executable or sys.executable)
PYTHON
}

on_this_machine() { # VERSION
  local candidate
  while read -r candidate; do
    usable "$candidate" "$1" && return 0
  done < <(type -ap "python$1"
           printf '%s\n' "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/"python$1" | sort -rV)
  return 1
}

suite_of() { # VERSION: the Debian suites that carry it, the most settled one first
  case $1 in
    3.13) echo trixie ;;
    3.14 | 3.15) echo forky sid ;;
  esac
}

# Debian's executable, pointed at the libc and the libraries beside it. DT_RPATH and no LD_LIBRARY_PATH: its child
# processes keep the system's own libraries. A real interpreter path in the executable keeps sys.executable right.
relocate() { # PREFIX VERSION
  local prefix=$1 python=python$2 loader library triple
  loader=$(find "$prefix" -name 'ld-linux-*.so.*' -type f | head -1)
  library=$(dirname "$(find "$prefix/usr/lib" -name 'libexpat.so.1' | head -1)")
  triple=$(basename "$library")
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$library" "$prefix/usr/bin/$python"
  # this link points into the /etc of the other system
  [ -e "$prefix/usr/lib/$python/sitecustomize.py" ] || rm -f "$prefix/usr/lib/$python/sitecustomize.py"
  # ensurepip takes its wheels from the folder that the build configuration names
  sed -i "s#'/usr/share/python-wheels/'#'$prefix/usr/share/python-wheels/'#" "$prefix/usr/lib/$python/"_sysconfigdata*.py
  # pyconfig.h only forwards to the one in the folder of the architecture, which is on no include path here
  cp "$prefix/usr/include/$triple/$python/pyconfig.h" "$prefix/usr/include/$python/pyconfig.h"
}

from_debian() { # VERSION
  local suite prefix=$PWD/.deps/debian-python-$1
  for suite in $(suite_of "$1"); do
    rm -rf "$prefix"
    scripts/debian-suite.sh "$suite" "$prefix" "python$1" "python$1-dev" "python$1-venv" libexpat1 libstdc++6 >&2 || continue
    relocate "$prefix" "$1" || continue
    usable "$prefix/usr/bin/python$1" "$1" && return 0
  done
  rm -rf "$prefix"
  return 1
}

from_uv() { # VERSION
  [ -x .deps/uv/bin/uv ] || { python3 -m venv .deps/uv &&
    .deps/uv/bin/python -m pip --quiet --disable-pip-version-check install uv==0.13.9; } >&2 || return 1
  local folder=$PWD/.deps/uv-pythons
  UV_HTTP_TIMEOUT=30 .deps/uv/bin/uv python install --quiet --no-bin --install-dir "$folder" "$1" >&2 || return 1
  usable "$(printf '%s\n' "$folder"/cpython-"$1".*/bin/"python$1" | sort -V | tail -1)" "$1"
}

include_of() { "$1" -I -c 'import sysconfig; print(sysconfig.get_path("include"))'; }

version=$1
if python=$(on_this_machine "$version"); then
  origin='on this machine'
elif python=$(from_debian "$version"); then
  origin='from Debian'
elif python=$(from_uv "$version"); then
  origin='from uv'
else
  die "no CPython $version here, and none could be fetched (is the network restricted?)" \
    "Install it in any way (pyenv install $version, say), so that python$version is on the PATH or under ~/.pyenv/versions; then ./dev setup again."
fi
note "CPython $version $origin: $python"
mkdir -p .deps/pythons
echo "$python" >".deps/pythons/$version"

# The stable ABI is the same in every version's headers: any of them serves.
include=$("$python" -I -c 'import sysconfig; print(sysconfig.get_path("include"))')
if [ ! -e .deps/python-include/Python.h ] && [ -e "$include/Python.h" ]; then
  cp -RL "$include" ".deps/python-include.$version"
  mv -T ".deps/python-include.$version" .deps/python-include
  note "headers of $version"
fi
