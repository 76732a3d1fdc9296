#!/usr/bin/env bash
# Unpacks packages of another Debian suite, with everything that they depend on down to libc, into a folder of their own.
# Nothing outside that folder changes: apt works on a private state, and dpkg only unpacks.
# Usage: debian-suite.sh SUITE PREFIX PACKAGE[=VERSION]...
# What lies in PREFIX afterwards still names the system's own loader: see scripts/setup-pythons.sh for how an executable
# is pointed at the prefix's. Needs the mirror that this machine's apt already uses.
set -euo pipefail
suite=$1 prefix=$2
shift 2
command -v apt-get dpkg >/dev/null || { echo "no apt-get here: this is not Debian" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mirror=$({ sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources || true
           sed -nE 's/^deb (\[[^]]*\] )?(\S+).*/\2/p' /etc/apt/sources.list || true; } 2>/dev/null | head -1)
[ -n "$mirror" ] || { echo "no Debian mirror in /etc/apt/sources.list or sources.list.d/debian.sources" >&2; exit 1; }
mkdir -p "$work"/state/lists/partial "$work"/cache/archives/partial "$prefix"
: >"$work/status" # an empty status makes apt resolve the whole closure, libc6 included
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
apt=(apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State="$work/state" -o Dir::State::status="$work/status"
  -o Dir::Cache="$work/cache" -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Sandbox::User=root)
"${apt[@]}" update
"${apt[@]}" -y --download-only --no-install-recommends install "$@" >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }
for deb in "$work"/cache/archives/*.deb; do dpkg -x "$deb" "$prefix"; done
rm -rf "$prefix"/usr/share/{doc,man,lintian,locale}
