#!/bin/sh
# Random scenarios: what must always hold, holds; `make sim-random' runs more.
set -u
exec "${BUILD:-build}/regress/sim/sim" --random "${N:-120}" --seed "${SEED:-1}"
