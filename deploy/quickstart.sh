#!/usr/bin/env bash
# From a bare Debian 12 or 13 to a running demo: installs what is missing, builds, starts.
#
#   deploy/quickstart.sh             then opens http://127.0.0.1:8787/
#   deploy/quickstart.sh --no-start  only installs and builds
#   deploy/quickstart.sh --pace 5    options of `assayd demo`
#
# It can be run again at any time; what is done already is not done again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

start=yes
case "${1:-}" in
  --no-start) start=no ;;
  -h | --help)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac

echo "== 1 of 3: packages"
deploy/install_packages.sh build

echo "== 2 of 3: build (the first takes about ten minutes on two cores)"
cmake --preset release -DASSAYD_TESTS=OFF -DASSAYD_BENCH=OFF
cmake --build --preset release --target assayd

echo "== 3 of 3: build/release/assayd demo"
if [[ $start == yes ]]; then
  exec build/release/assayd demo "$@"
fi
echo "built; start it with: build/release/assayd demo"
