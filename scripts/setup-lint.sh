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
for tool in venv-lint/bin/{clang-format,clang-tidy,ruff,shellcheck} lint-node/node_modules/.bin/{biome,stylua}; do
  ".deps/$tool" --version >/dev/null || die "$tool does not run" "./dev setup --again lint fetches it anew."
done
