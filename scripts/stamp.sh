# Stamps: a part of the set-up is done when .deps/stamps/PART holds the hash of all that the part depends on. Sourced.
# shellcheck shell=bash

# key FILE...: the hash of these files' contents, of this script's folder (prefixes are absolute) and of the machine
key() { { pwd -P; uname -sm; cat "$@"; } | sha256sum | cut -d' ' -f1; }

is_done() { # PART FILE...
  local part=$1
  shift
  [ "$(cat ".deps/stamps/$part" 2>/dev/null)" = "$(key "$@")" ]
}

mark_done() { # PART FILE...
  local part=$1
  shift
  mkdir -p .deps/stamps
  key "$@" >".deps/stamps/$part"
}
