#!/bin/sh
# PID 1 of a User-Mode Linux guest.  Sees the host's files through an overlay
# whose changes stay in the guest's memory, makes the network, runs the job
# that regress/uml/vm was given and powers off.
#
# From the kernel's command line: TOP (the sources), BUILD (the build tree),
# OUT (a directory of the host that the guest may write, here /run/out).
# The truth server lives in a network namespace of its own, `truth', behind a
# veth pair; its sources are 10.77.1.1 .. .32, we are 10.77.0.1.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
TZ=UTC
export PATH LC_ALL TZ TOP BUILD

if [ "$1" != stage2 ]; then
	mount -t proc proc /proc
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/up /mnt/work /mnt/root
	mount -t overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work \
	    overlay /mnt/root || mount --bind / /mnt/root || poweroff -f
	cd /mnt/root || poweroff -f
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount -t devtmpfs devtmpfs dev
	mount -t tmpfs tmpfs run
	mkdir run/out run/host
	mount -t hostfs -o "$OUT" none run/out || poweroff -f
	pivot_root . run/host
	cd /
	exec /bin/sh "$TOP/regress/uml/guest.sh" stage2 \
	    </dev/null >/run/out/console 2>&1
fi

sed -i '/^_ntpd:/d' /etc/passwd /etc/group
echo '_ntpd:x:987:987:ntpd:/nonexistent:/usr/sbin/nologin' >>/etc/passwd
echo '_ntpd:x:987:' >>/etc/group
mkdir -p /run/lock /var/lib /var/log
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /var/log
mkdir -p /var/lib/ntpd /var/lib/chrony
hostname guest

ip link set lo up
ip netns add truth
ip link add tv0 type veth peer name tv1 netns truth
ip addr add 10.77.0.1/24 dev tv0
ip link set tv0 up
ip -n truth link set lo up
ip -n truth addr add 10.77.0.2/24 dev tv1
ip -n truth link set tv1 up
ip -n truth route add local 10.77.1.0/24 dev lo
ip route add 10.77.1.0/24 via 10.77.0.2

# Not every kernel can do this.
lack=
grep -q time-travel /sys/devices/system/clocksource/*/current_clocksource ||
    lack="time travel"
ip -n truth link show tv1 >/dev/null 2>&1 || lack="veth and namespaces"
[ -s /etc/passwd ] && [ -w /etc/passwd ] || lack="overlayfs"
if [ -n "$lack" ]; then
	echo "skip: the UML kernel has no $lack" >/run/out/skip
	echo 77 >/run/out/done
	poweroff -f
fi

# Some programs take a young system's clock for one that never ran.
sleep 5

# ---- what jobs use ------------------------------------------------------
truth=$BUILD/regress/uml/truth

# truth_start SCENARIO [-t]: -t keeps a trace; returns when it answers
truth_start()
{
	trace=
	[ "${2:-}" = -t ] && trace="-t /run/out/trace"
	rm -f /run/truth.ready
	# shellcheck disable=SC2086
	ip netns exec truth "$truth" -r /run/truth.ready $trace "$1" \
	    >/run/out/result 2>/run/out/truth.err &
	truth_pid=$!
	until [ -e /run/truth.ready ]; do
		kill -0 $truth_pid 2>/dev/null || return 1
		sleep 0.01
	done
}

# truth_end: before its time; the figures are there afterwards
truth_end()
{
	kill $truth_pid
	wait $truth_pid
}

# mark NAME: an instant, for the trace
mark()
{
	"$truth" -m "$1" >>/run/out/marks
}

# Does the configuration make it a server?
serves()
{
	grep -q '^allow' /run/out/daemon.conf
}

# Each daemon has one function for what its configuration has besides the
# common lines, and one that becomes it.
conf_ours()
{
	serves || echo "port 0"
	echo "driftfile /var/lib/ntpd/drift"
}

exec_ours()
{
	exec "$BUILD/sbin/ntpd" -d -f /run/out/daemon.conf
}

conf_chronyd()
{
	serves || echo "port 0"
	echo "cmdport 0"
	echo "driftfile /var/lib/chrony/drift"
	echo "pidfile /run/chrony/chronyd.pid"
}

exec_chronyd()
{
	exec "$CHRONYD" -u root -d -f /run/out/daemon.conf
}

# daemon_conf ours|chronyd SCENARIO: makes the configuration
daemon_conf()
{
	"$truth" -c "$2" >/run/out/daemon.conf
	"conf_$1" >/run/daemon.more
	cat /run/daemon.more >>/run/out/daemon.conf
}

# daemon_drift ours|chronyd PPM: what the drift file says
daemon_drift()
{
	echo "$2 1.0" >"$(sed -n 's/^driftfile //p' /run/out/daemon.conf)"
}

# daemon_start ours|chronyd: in the background, PID in daemon_pid
daemon_start()
{
	( "exec_$1" ) >>/run/out/daemon.log 2>&1 &
	# shellcheck disable=SC2034
	daemon_pid=$!
}

# processes: one line each of the daemon's: role, user, effective
# capabilities, seccomp mode, no_new_privs, root, PSS in kB
processes()
{
	for p in $(pgrep '^ntpd'); do
		echo "$(tr '\0' ' ' </proc/"$p"/cmdline | cut -d' ' -f1-2)" \
		    "$(sed -n 's/^\(Uid\|CapEff\|Seccomp\|NoNewPrivs\):\t\([^\t]*\).*/\1=\2/p' \
		    /proc/"$p"/status | tr '\n' ' ')" \
		    "Root=$(readlink /proc/"$p"/root)" \
		    "$(sed -n 's/^Pss: *\([0-9]*\).*/Pss=\1/p' \
		    /proc/"$p"/smaps_rollup)"
	done
}

# PID of the process of a role (engine, server ...), empty if there is none
child_pid()
{
	pgrep -x "ntpd-$1" | head -n 1
}

# Has every process of ours ended?
nobody_left()
{
	! pgrep '^ntpd' >/dev/null
}

# until_true SECONDS COMMAND ...: tries ten times a second
until_true()
{
	left=$(($1 * 10))
	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}

# ok NAME STATUS: one line of the result of a test
ok()
{
	if [ "$2" = 0 ]; then
		echo "ok $1" >>/run/out/tests
	else
		echo "not ok $1" >>/run/out/tests
	fi
}

. /run/out/job.env
. /run/out/job
echo "$?" >/run/out/done
poweroff -f
