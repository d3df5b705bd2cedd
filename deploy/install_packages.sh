#!/usr/bin/env bash
# Installs the Debian packages that assayd needs and that are missing; does nothing when none is.
#
#   deploy/install_packages.sh build   compiler and libraries
#   deploy/install_packages.sh test    the same, and what the tests use
#
# Needs root, or sudo.
set -euo pipefail

build=(
  ca-certificates ccache cmake g++ git make mold ninja-build pkg-config
  libboost-dev libcli11-dev libcpprest-dev libfmt-dev libhowardhinnant-date-dev librdkafka-dev
  librocksdb-dev libspdlog-dev libssl-dev libxxhash-dev libyaml-cpp-dev libzstd-dev nlohmann-json3-dev
  prometheus-cpp-dev zlib1g-dev
)
test=(
  chromium curl iproute2 jq libgmock-dev libgtest-dev nodejs:node npm:npm openssl procps python3
  python3-jsonschema python3-yaml shellcheck util-linux
)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${test[@]}") ;;
  *)
    echo "usage: $0 build|test" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null; then
  echo "$0: this is no Debian: apt-get is missing. README.md lists what assayd needs." >&2
  exit 1
fi

# package:command is satisfied by the command, wherever it came from: other builds of Node.js bring their
# own npm, which Debian's package would conflict with.
missing=()
for entry in "${wanted[@]}"; do
  package=${entry%%:*}
  if [[ $entry == *:* ]] && command -v "${entry#*:}" >/dev/null; then continue; fi
  status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [[ $status == ii* ]] || missing+=("$package")
done

as_root=()
if ((EUID != 0)); then as_root=(sudo); fi

# A root that debootstrap made has no hosts file, and the tests speak TLS to localhost by its name.
if [[ $1 == test ]] && ! getent hosts localhost >/dev/null; then
  echo "localhost: this system does not know it; adding it to /etc/hosts"
  printf '127.0.0.1\tlocalhost\n::1\t\tlocalhost\n' | "${as_root[@]}" tee -a /etc/hosts >/dev/null
fi

if ((${#missing[@]} == 0)); then
  echo "packages: all ${#wanted[@]} are installed"
  exit 0
fi
if ((EUID != 0)) && ! command -v sudo >/dev/null; then
  echo "$0: ${#missing[@]} packages are missing; run this as root, or install sudo:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

echo "packages: installing ${#missing[@]} of ${#wanted[@]}: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -o Acquire::Retries=3 -q update
"${as_root[@]}" apt-get -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -q -y --no-install-recommends \
  install "${missing[@]}"
