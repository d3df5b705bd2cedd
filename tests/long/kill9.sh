#!/usr/bin/env bash
# Kills the daemon with SIGKILL while signals flow, again and again, each time under another seed, and holds
# the log to what was acknowledged. Ends at the first promise that was not kept, naming its seed.
#
#   tests/long/kill9.sh [MINUTES] [PRESET]      defaults: 30 release
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
minutes=${1:-30}
preset=${2:-release}
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --target assayd
export ASSAYD_BINARY=$PWD/build/$preset/assayd ASSAYD_CATALOGUE=$PWD/config/catalogue PYTHONDONTWRITEBYTECODE=1
export ASSAYD_KILL_ROUNDS=25
end=$((SECONDS + minutes * 60))
for ((seed = 1; SECONDS < end; ++seed)); do
  ASSAYD_KILL_SEED=$seed python3 tests/scenario/process/kill_test.py ||
    { echo "tests/long/kill9.sh: failed with ASSAYD_KILL_SEED=$seed" >&2 && exit 1; }
  echo "seed $seed: $((seed * ASSAYD_KILL_ROUNDS)) kills so far, nothing lost, nothing doubled"
done
