#!/usr/bin/env bash
# Installs the missing ones of the Debian packages in scripts/system-packages.txt.
# Usage: setup-system.sh GROUP...      (build, editors, lint)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

wanted=()
for group; do
  while read -r needs package; do
    [ "$needs" = "$group" ] || continue
    case $package in
      python3) command -v python3 >/dev/null && continue ;;                        # any recent one does: pyenv's, say
      python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null && continue ;;
    esac
    wanted+=("$package")
  done < <(grep -vE '^(#|$)' scripts/system-packages.txt)
done

if ! command -v dpkg-query >/dev/null; then
  note "this is no Debian: make sure that you have what scripts/system-packages.txt lists"
  exit 0
fi
missing=()
installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2>/dev/null || true)
for package in "${wanted[@]}"; do
  grep -qxE "ii +${package//+/\\+}" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || die "these packages are missing, and there is neither root nor sudo to install them: ${missing[*]}" \
    "As root: apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo "--preserve-env=http_proxy,https_proxy,no_proxy")
fi
note "installing ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
# Another apt-get holds the lists for a moment only, and has no timeout of its own for that lock.
for attempt in 1 2 3 4 5 6; do
  "${apt[@]}" update && break
  [ "$attempt" -lt 6 ] || die "apt-get update failed" "Look at the lines above: the package lists could not be fetched."
  sleep 10
done
"${apt[@]}" -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}" >/dev/null ||
  die "apt-get could not install ${missing[*]}" "Run: apt-get install --no-install-recommends ${missing[*]}"
