#!/usr/bin/env bash
# Lints the document of the API with Spectral's rules for OpenAPI; any finding fails. The first run fetches
# Spectral in the pinned versions (npm ci); later ones need no network.
#   tests/contract/lint_openapi.sh
#   tests/contract/lint_openapi.sh --fetch   only fetches
set -euo pipefail
cd "$(dirname "$0")"

if ! cmp --silent package-lock.json node_modules/.fetched-lock.json; then
  echo "fetching Spectral"
  # Node does not read the system's certificates by itself: behind a proxy with its own, nothing else helps.
  system_certificates=/etc/ssl/certs/ca-certificates.crt
  if [[ -z ${NODE_EXTRA_CA_CERTS:-} && -r $system_certificates ]]; then
    export NODE_EXTRA_CA_CERTS=$system_certificates
  fi
  # Its dependencies' install scripts report home and do nothing else.
  npm ci --ignore-scripts --no-audit --no-fund
  cp package-lock.json node_modules/.fetched-lock.json
fi

if [[ ${1:-} == --fetch ]]; then exit 0; fi

document=$(mktemp --suffix=.json)
trap 'rm -f "$document"' EXIT
python3 openapi_document.py ../../daemon/api > "$document"
node_modules/.bin/spectral lint --ruleset .spectral.yaml --fail-severity=hint "$document"
