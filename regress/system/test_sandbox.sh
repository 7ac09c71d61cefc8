#!/bin/sh
# What each role may and may not do, tried from the inside; see the table.
# Runs as root and then as an ordinary user, and never with the right to
# change the clock.
# beside: yes
set -u

PROBE=$BUILD/regress/system/sandbox_probe
USER_ID=65534
bad=0

# Without CAP_SYS_TIME, unless this is a clock that may be broken.
GUARD="setpriv --bounding-set -sys_time"
TIME=denied
if grep -q 'User Mode Linux' /proc/cpuinfo; then
	GUARD=
	TIME=allowed
fi

# a: allowed, d: denied (an error), k: killed, t: only with CAP_SYS_TIME,
# r: allowed to root, n: needs a Landlock that knows TCP, -: not tried
table()
{
	cat <<-'EOF'
	# action           parent launcher engine server control dns  mail
	clock_gettime      a      a        a      a      a       a    a
	adjtimex_read      a      d        d      d      d       d    d
	adjtimex_set       t      d        d      d      d       d    d
	clock_adjtime      a      d        d      d      d       d    d
	clock_settime      a      d        d      d      d       d    d
	settimeofday       a      d        d      d      d       d    d
	timerfd            a      a        a      a      a       a    a
	open_etc           d      a        d      d      d       a    d
	open_state         a      a        d      d      d       d    d
	open_outside       d      a        d      d      d       d    d
	rename             a      a        d      d      d       d    d
	mkdir              a      a        d      d      d       d    d
	unlink             a      a        d      d      d       d    d
	statx              a      a        d      d      d       a    d
	chroot             d      r        d      d      d       d    d
	memfd              a      a        d      d      d       d    d
	udp4               d      a        a      d      d       a    d
	udp6               d      a        a      d      d       a    d
	tcp4               d      a        d      d      d       a    a
	unix_dgram         d      a        d      d      d       a    d
	netlink_route      d      a        d      d      d       a    d
	netlink_other      d      a        d      d      d       d    d
	packet             d      d        d      d      d       d    d
	socketpair         a      a        d      d      d       d    d
	sock_filter        a      a        a      d      d       a    a
	sock_group         a      a        a      d      d       a    a
	sock_stamps        a      a        a      a      d       a    a
	sock_broadcast     a      a        a      a      d       a    a
	sock_cred          a      a        a      d      a       a    a
	sock_end           a      a        a      d      d       a    a
	connect_tcp53      d      a        d      d      d       a    n
	connect_tcp1       d      a        d      d      d       n    n
	resolve            -      -        -      -      -       a    -
	exec_other         k      d        k      k      k       k    k
	exec_child         k      a        k      k      k       k    k
	fork               d      a        d      d      d       d    d
	thread             d      a        d      d      d       a    d
	clone3             d      d        d      d      d       d    d
	clone_ns           d      d        d      d      d       d    d
	kill_parent        d      a        d      d      d       d    d
	tgkill_parent      d      a        d      d      d       d    d
	abort              a      a        a      a      a       a    a
	setuid             d      a        d      d      d       d    d
	setrlimit          d      a        d      d      d       d    d
	getrlimit          a      a        a      a      a       a    a
	prctl_timerslack   a      a        a      a      a       a    a
	prctl_dumpable     d      a        d      d      d       d    d
	mmap               a      a        a      a      a       a    a
	mmap_exec          d      a        d      d      d       a    d
	mmap_write_exec    d      a        d      d      d       d    d
	ioctl_fionread     a      a        a      a      a       a    a
	ioctl_tiocsti      d      a        d      d      d       d    d
	ptrace             k      k        k      k      k       k    k
	process_vm_writev  k      k        k      k      k       k    k
	mount              k      k        k      k      k       k    k
	pivot_root         k      k        k      k      k       k    k
	unshare            k      k        k      k      k       k    k
	setns              k      k        k      k      k       k    k
	bpf                k      k        k      k      k       k    k
	perf_event_open    k      k        k      k      k       k    k
	keyctl             k      k        k      k      k       k    k
	userfaultfd        k      k        k      k      k       k    k
	io_uring           k      k        k      k      k       k    k
	finit_module       k      k        k      k      k       k    k
	reboot             k      k        k      k      k       k    k
	new_call           d      d        d      d      d       d    d
	rights             a      a        a      a      a       a    a
	report             a      -        a      a      a       a    a
	EOF
}

# expected COLUMN WHO: "ACTION RESULT" of a role
expected()
{
	table | awk -v col="$1" -v who="$2" -v time="$TIME" -v tcp="$TCP" '
	BEGIN {
		word["a"] = "allowed"
		word["d"] = "denied"
		word["k"] = "killed"
		word["t"] = who == "root" ? time : "denied"
		word["r"] = who == "root" ? "allowed" : "denied"
		word["n"] = tcp
	}
	/^#/ { next }
	$col != "-" { print $1, word[$col] }'
}

# Files for one user: make_dir DIR OWNER
make_dir()
{
	mkdir -p "$1/bin" "$1/empty" "$1/control" "$1/state"
	cp "$PROBE" "$1/bin/probe"
	cp /bin/true "$1/bin/true"
	touch "$1/outside" "$1/state/from"
	chmod 755 "$1" "$1/bin" "$1/empty" "$1/state"
	chown "$USER_ID:$USER_ID" "$1/control"
	chmod 770 "$1/control"
	[ "$2" = root ] || chown -R "$USER_ID:$USER_ID" "$1"
}

# check WHO ROLE COLUMN COMMAND...: one role as one user
check()
{
	who=$1
	role=$2
	expected "$3" "$who" >"$TMPDIR/want"
	shift 3
	# shellcheck disable=SC2046
	"$@" -d "$TMPDIR/$who" -u $USER_ID -g $USER_ID "$role" \
	    $(cut -d ' ' -f 1 "$TMPDIR/want") 2>"$TMPDIR/err" |
	    sed "s/^$role //" >"$TMPDIR/got"
	if diff "$TMPDIR/want" "$TMPDIR/got" >"$TMPDIR/diff"; then
		echo "ok $who $role: $(wc -l <"$TMPDIR/want") actions"
		return
	fi
	echo "not ok $who $role: wanted <, got >"
	cat "$TMPDIR/diff" "$TMPDIR/err"
	bad=1
}

# A root directory that somebody else could change is refused.
# shellcheck disable=SC2086,SC2317
check_root()
{
	for mode in "0:0 777" "0:$USER_ID 775" "$USER_ID:$USER_ID 755"; do
		chown "${mode% *}" "$TMPDIR/root/empty"
		chmod "${mode#* }" "$TMPDIR/root/empty"
		got=$($GUARD "$TMPDIR/root/bin/probe" -d "$TMPDIR/root" \
		    -u $USER_ID -g $USER_ID engine clock_gettime 2>/dev/null)
		if [ "$got" = "engine clock_gettime error 255" ]; then
			echo "ok root directory $mode is refused"
		else
			echo "not ok root directory $mode: $got"
			bad=1
		fi
	done
	chown 0:0 "$TMPDIR/root/empty"
	chmod 755 "$TMPDIR/root/empty"
}

make_dir "$TMPDIR/root" root
make_dir "$TMPDIR/user" user
ABI=$("$PROBE" -l)
if [ "$ABI" = 0 ]; then
	echo "this kernel has no Landlock"
	exit 77
fi
TCP=allowed
[ "$ABI" -ge 4 ] && TCP=denied
col=2
# shellcheck disable=SC2086 # GUARD is a command or nothing
for role in parent launcher engine server control dns mail; do
	check root $role $col $GUARD "$TMPDIR/root/bin/probe"
	check user $role $col $GUARD setpriv --reuid $USER_ID \
	    --regid $USER_ID --clear-groups "$TMPDIR/user/bin/probe"
	col=$((col + 1))
done
check_root
exit $bad
