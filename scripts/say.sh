# How every script of ./dev talks. Sourced, not run.
# shellcheck shell=bash

if [ -t 1 ]; then bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' red='' green='' dim='' plain=''; fi

step() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
note() { printf '    %s%s%s\n' "$dim" "$*" "$plain"; }
good() { printf '%s ok%s  %s\n' "$green" "$plain" "$*"; }
bad() { printf '%sbad%s  %s\n' "$red" "$plain" "$*" >&2; }

# die WHAT [WHAT-TO-DO]
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  [ $# -lt 2 ] || printf '       %s\n' "$2" >&2
  exit 1
}
