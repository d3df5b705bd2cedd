#!/usr/bin/env bash
# Measures everything that the project promises about speed and prints one table: medians of five,
# each beside a limit that was measured in the same run. Needs what a build needs, and some 6 GB of disk.
#   bench/run.sh [--quick] [NAME …]     NAME: durable_append rebuild engine latency memory start
# Real framework tables are taken from $ASSAYD_REAL_DATA, or ../shared/data when that is there.
set -euo pipefail
cd "$(dirname "$0")/.."

quick=()
names=()
for argument in "$@"; do
  case "$argument" in
    --quick) quick=(--quick) ;;
    -*) echo "usage: bench/run.sh [--quick] [NAME …]" >&2; exit 2 ;;
    *) names+=("$argument") ;;
  esac
done
[ ${#names[@]} -gt 0 ] || names=(durable_append rebuild engine latency memory start)

data=()
if [ -n "${ASSAYD_REAL_DATA:-}" ]; then data=(--data "$ASSAYD_REAL_DATA")
elif [ -d ../shared/data ]; then data=(--data ../shared/data); fi

cmake --preset release >/dev/null
cmake --build --preset release --target assayd "${names[@]/%/_bench}" >&2

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
failed=0
for name in "${names[@]}"; do
  echo "measuring: $name" >&2
  "build/release/bench/${name}_bench" "${quick[@]}" "${data[@]}" --cache build/release/bench-cache \
    --assayd build/release/assayd --catalogue config/catalogue >>"$lines" || failed=1
done

awk -F'|' '
  BEGIN { row[0] = "what|ours|limit|ratio|reach|"; rows = 1 }
  $1 == "figure" { row[rows++] = $2 "|" $3 "|" $4 "|" $5 "|" $6 "|" $7 }
  $1 == "note" { note[notes++] = $2 }
  END {
    for (i = 0; i < rows; ++i) {
      n = split(row[i], cell, "|")
      for (c = 1; c <= n; ++c) if (length(cell[c]) > width[c]) width[c] = length(cell[c])
    }
    for (i = 0; i < rows; ++i) {
      n = split(row[i], cell, "|")
      line = ""
      for (c = 1; c <= n; ++c) line = line sprintf("%-" width[c] "s  ", cell[c])
      sub(/ +$/, "", line)
      print line
    }
    for (i = 0; i < notes; ++i) print "  " note[i]
  }' "$lines"
load=$(cut -d' ' -f1 /proc/loadavg)
echo "  $(nproc) processors, load ${load}: others that work here at the same time make every figure worse"
exit "$failed"
