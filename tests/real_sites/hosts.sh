#!/usr/bin/env bash
# Runs the tests of the MkDocs plugin on each host that docs/mkdocs.md promises, each in an environment of its own.
#   tests/real_sites/hosts.sh [FOLDER FOR THE ENVIRONMENTS]
# The newest MkDocs, Material, ProperDocs and Zensical are tried by `make check`; these are the others.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=${1:-/tmp/flattr-hosts}
pytest=(${PYTEST:-.venv/bin/python -m pytest} -q -n2 -p no:cacheprovider)
mkdir -p "$folder"

environment() { # name, packages …
  local name=$1
  shift
  test -x "$folder/$name/bin/python" || python3 -m venv "$folder/$name"
  "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check itsdangerous "$@" 2> /dev/null
  echo "== $name: $("$folder/$name/bin/python" -m pip list --format freeze 2> /dev/null |
    grep -iE '^(mkdocs|properdocs|mkdocs-material|mkdocs-materialx)==' | tr '\n' ' ')"
}

plugin=(tests/mkdocs_flattr --ignore tests/mkdocs_flattr/test_neighbours.py)

environment mkdocs-1.5 'mkdocs==1.5.3'
HOST_PYTHON=$folder/mkdocs-1.5/bin/python HOST_DRAFTS=exclude_docs \
  "${pytest[@]}" "${plugin[@]}" -k 'not page_made_by_a_plugin' # File.generated came with 1.6

environment properdocs 'properdocs>=1.6.5' properdocs-theme-mkdocs
HOST_PYTHON=$folder/properdocs/bin/python HOST_PROGRAM=properdocs \
  "${pytest[@]}" "${plugin[@]}" -k 'not preview and not readthedocs' # calls MkDocs; a theme that is not there

environment material-9.7 'mkdocs-material==9.7.*' mkdocs-minify-plugin
SITES=$folder/material-9.7 "${pytest[@]}" tests/mkdocs_flattr/test_neighbours.py -k material

environment materialx 'mkdocs-materialx>=10' mkdocs-minify-plugin
SITES=$folder/materialx HOST_THEME=materialx "${pytest[@]}" tests/mkdocs_flattr/test_neighbours.py -k material
