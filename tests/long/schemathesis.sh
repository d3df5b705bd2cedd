#!/usr/bin/env bash
# Fuzzes the API of a running daemon with Schemathesis, from the document that the daemon serves: valid and
# invalid requests to each operation, and chains of them. Any finding fails. Needs Python's venv and the
# package registry once; the requests go to loopback.
#   tests/long/schemathesis.sh [BINARY [EXAMPLES_PER_OPERATION]]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "${1:-$here/../../build/release/assayd}")
examples=${2:-100}
work=$(mktemp -d)
daemon=
finish() {
  if [[ -n $daemon ]]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" || echo "the daemon ended with status $?"
  fi
  rm -rf "$work"
}
trap finish EXIT

venv=${SCHEMATHESIS_VENV:-$here/../../build/schemathesis}
if [[ ! -x $venv/bin/schemathesis ]]; then
  echo "installing Schemathesis"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement "$here/schemathesis-requirements.txt"
fi

cd "$work"
touch tokens && chmod 600 tokens
"$binary" token create fuzzer --role administrator --append tokens > administrator
"$binary" token create sender --role ingest --append tokens > ingest
cat > assayd.yaml <<YAML
server: {listen: "127.0.0.1:0", token_file: $work/tokens}
store: {path: $work/store}
catalogue: {paths: [$here/../../config/catalogue]}
tenants:
  - alias: contoso
    tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab
    credential: {client_id: 3f1c0d2e-0000-4000-8000-0123456789cd, client_secret_file: $work/secret}
YAML
echo simulated-secret > secret && chmod 600 secret
mkfifo out
"$binary" serve --config assayd.yaml > out 2> log &
daemon=$!
exec 3< out
url=
while [[ -z $url ]] && read -r line <&3; do
  [[ $line == "listening url="* ]] && url=${line#listening url=}
done
[[ -n $url ]] || { cat log >&2; exit 1; }

export ADMINISTRATOR_TOKEN INGEST_TOKEN
ADMINISTRATOR_TOKEN=$(grep -o 'assayd_[A-Za-z0-9_-]*' administrator | head -1)
INGEST_TOKEN=$(grep -o 'assayd_[A-Za-z0-9_-]*' ingest | head -1)
REGRESSION=$(python3 "$here/seed_signals.py" "$url" "$INGEST_TOKEN" "$ADMINISTRATOR_TOKEN" contoso)
export REGRESSION
status=0
"$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$url/api/v1/openapi.json" \
  --max-examples "$examples" || status=$?
kill -0 "$daemon" || { echo "the daemon is gone"; tail -50 log; exit 1; }
if grep 'request failed' log; then status=1; fi
exit "$status"
