#!/bin/sh
# What the daemon costs when nobody asks: memory of each process, and wake-ups.
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"

a=$TMPDIR/a
ns_make a
ours a "$a" "user nobody" "cmdport 0" "local stratum 5" "allow"
PARENT=$PID

# pids: of all processes, the parent first
pids()
{
	ip netns pids "$NS_TAG-a" | sort -n
}
# shellcheck disable=SC2317
six()
{
	[ "$(pids | wc -l)" = 6 ] && ctl "$a" -c tracking
}
check "all processes are there" wait_for 10 six
if nm "$NTPD" | grep -q __asan_init; then
	skip "with AddressSanitizer memory is something else"
fi
sleep 6
pss=0
own_all=0
for p in $(pids); do
	name=$(tr '\0' ' ' <"/proc/$p/cmdline" | sed 's/ *$//')
	kb=$(awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup")
	own=$(awk '/^Anonymous:/ { print $2 }' "/proc/$p/smaps_rollup")
	echo "# $name: PSS $kb kB, written by itself $own kB"
	pss=$((pss + kb))
	own_all=$((own_all + own))
done
echo "# all: PSS $pss kB, written by themselves $own_all kB"
# PSS falls and rises with what other programs share the libraries: it is told,
# what the processes have for themselves is limited
check "not more than 2.5 MiB of its own" [ "$own_all" -le 2560 ]

# Nobody wakes up but for the sign of life that the parent asks the engine for
# once a minute; and the engine, which with -x looks every 4 s, later every 64 s,
# what somebody else does to the clock.  For an hour of it see regress/uml.
switches()
{
	for p in $(pids); do
		[ "$(tr '\0' ' ' <"/proc/$p/cmdline" | grep -c engine)" = \
		    "$1" ] || continue
		awk '/^voluntary_ctxt_switches/ { print $2 }' \
		    "/proc/$p/status"
	done | awk '{ n += $1 } END { print n }'
}
# A busy computer lets processes wait in the middle of something, so that one
# time out of three has to be quiet.
for try in 1 2 3; do
	before=$(switches 0)
	engine=$(switches 1)
	sleep 12
	others=$(($(switches 0) - before))
	engine=$(($(switches 1) - engine))
	echo "# wake-ups in 12 s: engine $engine, others $others (try $try)"
	[ $others -gt 2 ] || [ $engine -gt 3 ] || break
done
check "nobody wakes up" [ $others -le 2 ]
check "the engine neither, but for -x" [ $engine -le 3 ]
check "the daemon lives" kill -0 "$PARENT"
finish
