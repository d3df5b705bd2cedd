#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
#
#   tests/run.sh                   the release build
#   tests/run.sh --preset asan     another preset: debug, asan, tsan
#   tests/run.sh --no-network      the tests themselves in a network namespace with loopback only
#   tests/run.sh --filter REGEX    only tests whose name matches
#
# Only the first step uses the network. With ASSAYD_REAL_DATA=FOLDER the tests against captured
# answers of real tenants run as well. Long proofs are in tests/long/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=release
isolated=no
filter=()
while (($#)); do
  case "$1" in
    --preset) preset=${2:?--preset needs a name} && shift 2 ;;
    --filter) filter=(--tests-regex "${2:?--filter needs a regular expression}") && shift 2 ;;
    --no-network) isolated=yes && shift ;;
    -h | --help)
      sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
      exit 0
      ;;
    *)
      echo "tests/run.sh: unknown option '$1'; see --help" >&2
      exit 2
      ;;
  esac
done
if [[ -n ${ASSAYD_REAL_DATA:-} ]]; then
  ASSAYD_REAL_DATA=$(realpath "$ASSAYD_REAL_DATA")
  export ASSAYD_REAL_DATA
fi

began=$SECONDS
took() { printf '   (%d:%02d min)\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)); }

echo "== 1 of 3: packages"
deploy/install_packages.sh test
tests/contract/lint_openapi.sh --fetch
took

echo "== 2 of 3: build, preset $preset"
cmake --preset "$preset" -DASSAYD_TESTS=ON -DASSAYD_BENCH=ON
cmake --build --preset "$preset"
took

echo "== 3 of 3: tests"
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$PWD/tests/support/tsan.supp}
run=(ctest --test-dir "build/$preset" --output-on-failure --parallel "$(nproc)" "${filter[@]}")
if [[ $isolated == yes ]]; then
  namespace=(--net)
  # Root needs no user namespace, and may not make one within a chroot.
  ((EUID == 0)) || namespace+=(--map-root-user)
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare "${namespace[@]}" bash -c 'ip link set lo up && exec "$@"' run "${run[@]}"
else
  "${run[@]}"
fi
took
