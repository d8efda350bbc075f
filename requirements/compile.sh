#!/usr/bin/env bash
# Pins the newest versions that pyproject.toml allows, with hashes and without naming an index.
set -euo pipefail
python=$1
cd "$(dirname "$0")/.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"$python" -m venv "$tool/venv"
"$tool/venv/bin/pip" install -q uv
echo 'setuptools>=80' > "$tool/build.in"
compile() {
  local out=$1 title=$2
  shift 2
  "$tool/venv/bin/uv" pip compile "$@" -q --universal \
    --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 \
    -o "$tool/out.txt" >/dev/null
  { echo "# $title Made by 'make requirements'; do not edit."; cat "$tool/out.txt"; } > "$out"
}
compile requirements/run.txt "The versions 'make run' installs, with hashes." \
  pyproject.toml "$tool/build.in"
compile requirements/test.txt "What 'make test' needs on top: everything, with hashes." \
  pyproject.toml "$tool/build.in" --extra test
compile requirements/docs.txt "What 'make docs' builds the documentation with, with hashes." \
  requirements/docs.in
