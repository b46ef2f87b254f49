# shellcheck shell=bash
# Programs from PyPI, each in an environment of its own. Sourced, never run, behind paths.sh.

# What all of them ask for.
python_minimum=3.10

# install_python NAME PLACE PACKAGE: an environment of its own, which cannot be moved once it is made, unless the stamp says
# that it was made there.
install_python() {
  local name=$1 place=$2 package=$3 begin=$SECONDS
  local stamp="$package in $place"
  if [ -x "$place/bin/$name" ] && [ "$(cat "$place/stamp" 2>/dev/null)" = "$stamp" ]; then
    echo "$name: in place ($package)"
    return
  fi
  echo "$name: installing ($package)"
  need_python
  rm -rf "$place"
  mkdir -p "$place"
  python3 -m venv "$place" ||
    fail "python3 cannot make an environment: install its package for \`venv\` (python3-venv on Debian), and run this again"
  "$place/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$package" ||
    fail "$package could not be had from PyPI"
  # Last: an interrupted installation leaves nothing that looks whole.
  echo "$stamp" >"$place/stamp"
  echo "$name: installed in $((SECONDS - begin)) s"
}

need_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < tuple(int(part) for part in sys.argv[1].split(".")))' "$python_minimum" ||
    fail "Python is missing or too old: install Python $python_minimum or newer (https://www.python.org/downloads), and run this again"
}
