#!/bin/sh
# Makes the goldens of the mapping anew: make_recorded.sh PYTHON...
# Then look at what changed in recorded/*.trails: BRANCHLIGHT_UPDATE_GOLDENS=1 test_mapping
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for python in "$@"; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" "$here/record_code.py" "$here"/fixtures/*.py >"$here/recorded/$version.jsonl"
    echo "recorded/$version.jsonl"
done
