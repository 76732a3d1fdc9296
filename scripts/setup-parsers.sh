#!/usr/bin/env bash
# The sources of tree-sitter's core and of its Python grammar, at pinned versions, in .deps/tree-sitter and
# .deps/tree-sitter-python. They come from the npm packages of the same names; npm only downloads, it runs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

fetch() { # NAME VERSION SHA512 PATH...      keeps only PATHs, which is what the build needs
  local name=$1 version=$2 sha512=$3 work
  shift 3
  work=$(mktemp -d)
  npm pack --silent --ignore-scripts --pack-destination "$work" "$name@$version" >/dev/null ||
    die "npm could not fetch $name $version" "Check the network, and 'npm ping'."
  local got
  got=$(openssl dgst -sha512 -binary "$work/$name-$version.tgz" | openssl base64 -A)
  [ "$got" = "$sha512" ] || die "$name $version is not the file that it was: sha512-$got" "Expected sha512-$sha512."
  rm -rf ".deps/$name"
  mkdir -p ".deps/$name"
  tar -xzf "$work/$name-$version.tgz" -C ".deps/$name" --strip-components=1 "${@/#/package/}"
  rm -rf "$work"
  note "$name $version"
}

fetch tree-sitter 0.25.1 mrcEdkYtHfrK1A6fs3O6FxkBo0Qig5XUXqHhxUOQu0bmPo00QF4XaSx4edpazdHwxnSCjlGKGgIqWdaN4dvTLA== \
  LICENSE vendor/tree-sitter/lib
fetch tree-sitter-python 0.25.0 eCmJx6zQa35GxaCtQD+wXHOhYqBxEL+bp71W/s3fcDMu06MrtzkVXR437dRrCrbrDbyLuUDJpAgycs7ncngLXw== \
  LICENSE src
