#!/bin/sh
# How much faster than time a simulated client runs: a figure, not a test.
set -u
cd "$(dirname "$0")/../.." || exit 1
for i in 1 2 3; do
	"${BUILD:-build}/regress/sim/sim" -t regress/sim/scenarios/grid \
	    2>&1 >/dev/null |
	    sed -n 's/.* \([0-9]*\) times real time.*/simulated client: \1 times real time/p'
done
