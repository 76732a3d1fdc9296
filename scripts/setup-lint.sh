#!/usr/bin/env bash
# The formatters and linters, pinned: .deps/venv-lint (C++, Python, shell) and .deps/lint-node (TypeScript, Lua).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

rm -rf .deps/venv-lint .deps/lint-node
"$(cat .deps/pythons/3.14)" -m venv .deps/venv-lint
.deps/venv-lint/bin/python -m pip --quiet --disable-pip-version-check install -r scripts/lint/requirements.txt
mkdir -p .deps/lint-node
cp scripts/lint/package.json scripts/lint/package-lock.json .deps/lint-node/
(cd .deps/lint-node && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
note "$(ls .deps/venv-lint/bin | grep -xE 'clang-format|clang-tidy|ruff|shellcheck' | tr '\n' ' ')$(ls .deps/lint-node/node_modules/.bin | grep -xE 'biome|stylua' | tr '\n' ' ')"
