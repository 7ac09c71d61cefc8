#!/bin/sh
# What the daemon costs when nobody asks: memory of each process, and wake-ups.
# timeout: 60
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
for p in $(pids); do
	name=$(tr '\0' ' ' <"/proc/$p/cmdline" | sed 's/ *$//')
	kb=$(awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup")
	own=$(awk '/^Private_Dirty:/ { print $2 }' "/proc/$p/smaps_rollup")
	echo "# $name: PSS $kb kB, of its own and written to $own kB"
	pss=$((pss + kb))
done
echo "# all: $pss kB"
check "not more than 4 MiB" [ "$pss" -le 4096 ]

switches()
{
	for p in $(pids); do
		awk '/ctxt_switches/ { print $2 }' "/proc/$p/status"
	done | awk '{ n += $1 } END { print n }'
}
before=$(switches)
sleep 8
after=$(switches)
echo "# $((after - before)) wake-ups in 8 s"
check "nobody wakes up" [ $((after - before)) -le 1 ]
check "the daemon lives" kill -0 "$PARENT"
finish
