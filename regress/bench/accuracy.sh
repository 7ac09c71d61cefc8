#!/bin/sh
# Our daemon against chronyd, both disciplining the real clock of a User-Mode
# Linux kernel against the same simulated world (regress/uml): over a grid of
# wander and jitter, at a fixed poll interval of 64 s and at the one that each
# daemon chooses, and over named scenarios.  Prints tables with the rms error
# and its 99.9 % quantile, the packets sent, the ratio of the two daemons, its
# geometric mean and worst case; draws the error over time in one scenario.
#
#	regress/bench/accuracy.sh [--sim] [--quick]
#
# --sim (SIM=1): the same grid with our engine in the in-process simulator,
# beside theoretical bounds (bound.c) and the runs that an earlier benchmark of
# the real thing has left.  --quick (QUICK=1): a part of it, a few minutes.
# In the environment, with their defaults:
#	SEEDS="1 2 3"		each daemon gets the same
#	WANDERS, JITTERS	s/s per sqrt(s); s, mean a direction
#	POLLS="fixed default"
#	SCENARIOS="..."		names, see regress/uml/run; may be empty
#	PLOT=freqstep		the scenario that is drawn; may be empty
#	DURATION=200000		of a cell; figures are of its second half
#	JOBS			guests at a time; one for each CPU
#	CHRONYD			another chronyd than Debian's
#	RESUME=1		keeps the runs that are there
# Runs are kept in build/bench/accuracy, one line each; the tables and the plot
# are accuracy.txt (accuracy-sim.txt) and accuracy.svg beside it.  Exit status: 0 measured, or
# skipped without a kernel or chronyd; 1 something failed.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"
DIR=$BUILD/bench/accuracy
LC_ALL=C
export LC_ALL

# one NAME ARGUMENT ...: a run of regress/uml/run, its line in $DIR/NAME
one()
{
	name=$1
	shift
	[ -n "${RESUME:-}" ] && [ -s "$DIR/$name" ] && return
	if UML_CPU=${SLOT:-0} "$TOP/regress/uml/run" "$@" >"$DIR/.$name" \
	    2>"$DIR/$name.err"; then
		mv "$DIR/.$name" "$DIR/$name"
		rm -f "$DIR/$name.err"
		echo "run $name" >&2
		return
	fi
	echo "failed: $name: $DIR/$name.err" >&2
	return 1
}

options_of()
{
	if [ "$1" = fixed ]; then
		echo "options iburst minpoll 6 maxpoll 6"
	else
		echo "options iburst"
	fi
}

# The runs of the plan, one a line: a name and the arguments of one().
# Names of cells: grid,POLL,WANDER,JITTER,SEED,DAEMON.
plan_grid()
{
	for p in $POLLS; do for w in $WANDERS; do for j in $JITTERS; do
	for s in $SEEDS; do for d in $DAEMONS; do
		echo "grid,$p,$w,$j,$s,$d grid --daemon $d --seed $s" \
		    "--duration $DURATION --set 'interval 8'" \
		    "--set 'wander $w' --set 'path jitter=$j'" \
		    "--set '$(options_of "$p")'"
	done; done; done; done; done
}

plan_scenarios()
{
	for n in $SCENARIOS; do for s in $SEEDS; do for d in $DAEMONS; do
		echo "scenario,$n,$s,$d $n --daemon $d --seed $s"
	done; done; done
	[ -n "$PLOT" ] || return 0
	for d in $DAEMONS; do
		echo "plot,$PLOT,$d $PLOT --daemon $d --seed ${SEEDS%% *}" \
		    "--trace '$DIR/plot.$d'"
	done
}

# What the runs of the plan said, each after its name.
results()
{
	cut -d' ' -f1 "$DIR/plan" | while read -r name; do
		[ -s "$DIR/$name" ] &&
		    sed "s/^/$(echo "$name" | tr , ' ') /" "$DIR/$name"
	done
}

measure()
{
	{ plan_grid; plan_scenarios; } >"$DIR/plan"
	echo "accuracy: $(wc -l <"$DIR/plan") runs, $JOBS at a time" >&2
	# shellcheck disable=SC2016
	xargs -d '\n' -n 1 -P "$JOBS" --process-slot-var=SLOT \
	    sh -c 'eval "exec $0 one $1"' "$0" <"$DIR/plan"
	status=$?
	results >"$DIR/results"
	echo "chronyd: $CHRONYD" \
	    "($("$CHRONYD" -v | sed 's/ *(+.*//; s/.*version //'));" \
	    "seeds $SEEDS; $DURATION s a cell"
	awk -f "$TOP/regress/bench/accuracy.awk" "$DIR/results"
	if [ -n "$PLOT" ] && [ -s "$DIR/plot.ours" ] &&
	    [ -s "$DIR/plot.chronyd" ]; then
		awk -v title="$PLOT" -f "$TOP/regress/bench/plot.awk" \
		    "$DIR/plot.ours" "$DIR/plot.chronyd" \
		    >"$BUILD/bench/accuracy.svg"
		echo
		echo "plot of $PLOT: $BUILD/bench/accuracy.svg"
	fi
	return $status
}

# Lines for accuracy_sim.awk: `sim POLL WANDER JITTER SEED', `bound WANDER
# JITTER', and key=value.
simulate()
{
	for w in $WANDERS; do for j in $JITTERS; do
		echo "bound $w $j $("$BUILD/regress/bench/bound" "$w" "$j" 64 \
		    "$DURATION")" || return 1
		for p in $POLLS; do for s in $SEEDS; do
			echo "sim $p $w $j $s $("$BUILD/regress/sim/sim" \
			    --seed "$s" --duration "$DURATION" \
			    --set "interval 8" --set "wander $w" \
			    --set "path jitter=$j" \
			    --set "$(options_of "$p")" \
			    "$TOP/regress/uml/scenarios/grid")" || return 1
		done; done
	done; done
}

measure_sim()
{
	need_program regress/sim/sim
	need_program regress/bench/bound
	simulate >"$DIR/simulated" || exit 1
	[ -s "$DIR/results" ] || : >"$DIR/results"
	echo "simulator, rms of seeds $SEEDS; $DURATION s a cell; bounds for" \
	    "a poll of 64 s"
	awk -f "$TOP/regress/bench/accuracy_sim.awk" "$DIR/results" \
	    "$DIR/simulated"
}

if [ "${1:-}" = one ]; then
	shift
	one "$@"
	exit
fi

while [ $# -gt 0 ]; do
	case $1 in
	--sim)		SIM=1 ;;
	--quick)	QUICK=1 ;;
	*)		sed -n '2,/^set/s/^#//p' "$0" >&2
			exit 2 ;;
	esac
	shift
done
if [ -n "${QUICK:-}" ]; then
	: "${SEEDS:=1}" "${WANDERS=1e-10 1e-8}" "${JITTERS=1e-5 1e-4 1e-3}"
	: "${DURATION:=100000}" "${SCENARIOS=falseticker}"
fi
: "${SEEDS:=1 2 3}" "${WANDERS=1e-11 1e-10 1e-9 1e-8 1e-7}"
: "${JITTERS=1e-6 1e-5 1e-4 1e-3 1e-2}" "${DURATION:=200000}"
: "${POLLS=fixed default}" "${PLOT=freqstep}" "${JOBS:=$(nproc)}"
: "${SCENARIOS=defaults falseticker freqstep outage start step unequal \
asymmetric jitter-bimodal jitter-gamma jitter-pareto loss poll}"
DAEMONS="ours chronyd"

mkdir -p "$DIR" || exit 1
if [ -n "${SIM:-}" ]; then
	measure_sim >"$BUILD/bench/accuracy-sim.txt"
	cat "$BUILD/bench/accuracy-sim.txt"
	exit
fi
[ -n "${RESUME:-}" ] || find "$DIR" -mindepth 1 -delete
need_program sbin/ntpd
need_kernel
need_program regress/uml/truth
if ! find_chronyd; then
	echo "skip: no chronyd${CHRONYD:+ at $CHRONYD} (make deps)"
	exit 0
fi
export CHRONYD RESUME
measure >"$BUILD/bench/accuracy.txt"
status=$?
cat "$BUILD/bench/accuracy.txt"
exit $status
