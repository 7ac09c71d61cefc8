#!/bin/sh
# The same scenario and seed in the simulator (regress/sim) and with the real
# daemon on a real kernel's clock: both say the same of it, or what is tuned in
# the one is not true of the other.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"
need_kernel
need_program sbin/ntpd
need_program regress/uml/truth
need_program regress/sim/sim
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-sim.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# The daemons draw their own random numbers: what the simulator says is the
# range of so many draws in the same world.
DRAWS=30

# agree NAME FACTOR SCENARIO [OPTION ...]: no further than that from the range
agree()
{
	name=$1
	factor=$2
	scenario=$3
	shift 3
	"$TOP/regress/uml/run" "$scenario" --seed 3 "$@" >"$tmp/real"
	status=$?
	if [ $status != 0 ]; then
		cat "$tmp/real"
		exit $status
	fi
	i=0
	while [ $i -lt $DRAWS ]; do
		"$BUILD/regress/sim/sim" --seed 3 "$@" --set "draws $i" \
		    "$TOP/regress/sim/scenarios/$scenario" || exit 1
		i=$((i + 1))
	done >"$tmp/sim"
	for key in rms packets; do
		if value $key "$tmp/sim" | awk -v real="$(value $key \
		    "$tmp/real")" -v name="$name: $key" \
		    -v factor="$factor" '
		    NR == 1 || $1 < low { low = $1 }
		    NR == 1 || $1 > high { high = $1 }
		    END {
			printf "%s: %s, simulated %s to %s\n", name, real,
			    low, high
			exit !(low > 0 && real > low / factor &&
			    real < high * factor)
		    }' >"$tmp/said"; then
			echo "ok $(cat "$tmp/said")"
		else
			echo "not ok $(cat "$tmp/said")"
			failed=1
		fi
	done
}

failed=0
agree "a cell of the grid" 1.15 grid --duration 40000 --set "interval 8"
# What a jump costs depends on when the next sample comes.  Of 1500 draws the
# rms is 8.5e-6 to 1.33e-5: 1.3 is for one in a million.
set --
for at in 12000 18000 24000 30000; do
	set -- "$@" --set "at $at freq 1" --set "at $((at + 3000)) freq -1"
done
agree "jumps of the frequency" 1.3 freqstep --duration 36000 \
    "$@" --set "from 11000" --set "interval 4"
agree "sources of different jitter" 1.15 unequal --duration 20000 \
    --set "interval 4"
exit $failed
