#!/usr/bin/env bash
# Formatters and linters over the files that git knows. Usage: lint.sh check|format [FILE...]
# Prints what is wrong and ends with a line that says whether anything was; the tools' settings are at the root.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/say.sh
mode=$1
shift
PATH=$PWD/.deps/venv-lint/bin:$PWD/.deps/lint-node/node_modules/.bin:$PATH

mapfile -t all < <(git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
[ ${#all[@]} -gt 0 ] || die "no such file is known to git: $*"
files() { printf '%s\n' "${all[@]}" | grep -E "$1"; }
cpp() { files '\.(h|hpp|c|cpp)$'; }
python() { files '\.py$'; }
shell() { files '\.sh$|^(dev|\.ci/run)$'; }
script() { files '\.(ts|mjs)$'; }
lua() { files '\.lua$'; }

failed=()
try() { # WHAT LIST COMMAND...: the command on the files that LIST names, if there are any
  local what=$1 list=$2 started=$SECONDS
  shift 2
  local some
  mapfile -t some < <("$list")
  [ ${#some[@]} -gt 0 ] || return 0
  if "$@" "${some[@]}"; then
    good "$what: ${#some[@]} files ($((SECONDS - started)) s)"
  else
    bad "$what"
    failed+=("$what")
  fi
}

case $mode in
  format)
    step "formatting"
    try "C++ (clang-format)" cpp clang-format -i
    try "Python (ruff)" python ruff check --force-exclude --quiet --fix-only
    try "Python (ruff format)" python ruff format --force-exclude --quiet
    try "TypeScript (biome)" script biome format --write --log-level=error
    try "Lua (stylua)" lua stylua
    ;;
  check)
    step "checking the formatting"
    try "C++ (clang-format)" cpp clang-format --dry-run -Werror
    try "Python (ruff format)" python ruff format --force-exclude --quiet --check --diff
    try "TypeScript (biome)" script biome format --log-level=error
    try "Lua (stylua)" lua stylua --check
    step "linting"
    try "Python (ruff)" python ruff check --force-exclude --quiet
    try "shell (shellcheck)" shell shellcheck -x
    try "TypeScript (biome)" script biome lint --log-level=warn --error-on-warnings
    try "Lua (luacheck)" lua luacheck --quiet
    try "C++ (clang-tidy)" cpp .deps/venv-lint/bin/python scripts/lint/tidy.py
    ;;
  *) die "lint.sh check or lint.sh format" ;;
esac
[ ${#failed[@]} -eq 0 ] || die "${#failed[@]} failed: $(printf '%s; ' "${failed[@]}")" "./dev format mends what is only a matter of form."
good "all well"
