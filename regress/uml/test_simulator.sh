#!/bin/sh
# The same scenario and seed in the simulator (regress/sim) and with the real
# daemon on a real kernel's clock: both say the same of it within 15 %, or what
# is tuned in the one is not true of the other.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"
need_kernel
need_program sbin/ntpd
need_program regress/uml/truth
need_program regress/sim/sim
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-sim.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# agree NAME SCENARIO [OPTION ...]
agree()
{
	name=$1
	scenario=$2
	shift 2
	"$TOP/regress/uml/run" "$scenario" --seed 3 "$@" \
	    >"$tmp/real"
	status=$?
	if [ $status != 0 ]; then
		cat "$tmp/real"
		exit $status
	fi
	if ! "$BUILD/regress/sim/sim" --seed 3 "$@" \
	    "$TOP/regress/sim/scenarios/$scenario" >"$tmp/sim"; then
		echo "not ok $name: the simulator fails"
		failed=1
		return
	fi
	if awk -v a="$(value rms "$tmp/real")" -v b="$(value rms "$tmp/sim")" \
	    -v c="$(value packets "$tmp/real")" \
	    -v d="$(value packets "$tmp/sim")" 'BEGIN { exit !(a > 0 &&
	    b > 0 && a / b < 1.15 && b / a < 1.15 &&
	    c / d < 1.15 && d / c < 1.15) }'; then
		echo "ok $name"
	else
		echo "not ok $name"
		cat "$tmp/real" "$tmp/sim"
		failed=1
	fi
}

failed=0
agree "a cell of the grid" grid --duration 40000 --set "interval 8"
agree "a jump of the frequency" freqstep --duration 20000 \
    --set "at 12000 freq 1" --set "from 11000" --set "interval 4"
agree "sources of different jitter" unequal --duration 20000 \
    --set "interval 4"
exit $failed
