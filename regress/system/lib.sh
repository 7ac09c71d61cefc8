# Shell functions of the system tests; read by test_*.sh with `.'.
# Every daemon runs with -x and without CAP_SYS_TIME, in network namespaces
# made here; what was started and made is ended and removed on exit.
# shellcheck shell=sh

: "${TOP:?run by regress/run-tests}" "${BUILD:?}" "${TMPDIR:?}"
NTPD=$BUILD/sbin/ntpd
NTPCTL=$BUILD/bin/ntpctl
PEER=${PEER:-$BUILD/peer}
CHRONYD=${CHRONYD:-$PEER/usr/sbin/chronyd}
CHRONYC=${CHRONYC:-$PEER/usr/bin/chronyc}
NS_PIDS=
NS_NAMES=
NS_TAG=nt$$.$(date +%s)
FAILED=0

cleanup()
{
	for p in $NS_PIDS; do
		kill "$p" 2>/dev/null
	done
	for p in $NS_PIDS; do
		wait "$p" 2>/dev/null
	done
	for n in $NS_NAMES; do
		ip netns pids "$n" 2>/dev/null | xargs -r kill -9 2>/dev/null
		ip netns del "$n" 2>/dev/null
		rm -rf "/etc/netns/$n"
	done
}
trap cleanup EXIT
trap 'exit 1' INT TERM

ok()
{
	echo "ok $1"
}

not_ok()
{
	echo "not ok $1"
	FAILED=1
}

# check NAME COMMAND...: the command succeeds
check()
{
	_name=$1
	shift
	if "$@"; then
		ok "$_name"
	else
		not_ok "$_name"
	fi
}

# check_not NAME COMMAND...: the command fails
check_not()
{
	_name=$1
	shift
	if "$@"; then
		not_ok "$_name"
	else
		ok "$_name"
	fi
}

# out COMMAND...: run it with what it prints in $TMPDIR/out
out()
{
	"$@" >"$TMPDIR/out" 2>&1
}

finish()
{
	exit $FAILED
}

skip()
{
	echo "$*"
	exit 77
}

# ns_make NAME...: namespaces $NS_TAG-NAME on one bridge-less veth chain is
# more than is needed: the first is a hub with a bridge, the others hang on it.
# Addresses: 10.99.0.N and fd99::N, N from 1 in the order of the names.
ns_make()
{
	hub=$NS_TAG-hub
	ip netns add "$hub" || skip "no network namespaces"
	NS_NAMES="$NS_NAMES $hub"
	ip -n "$hub" link add br0 type bridge
	ip -n "$hub" link set br0 up
	i=0
	for n in "$@"; do
		i=$((i + 1))
		ns=$NS_TAG-$n
		ip netns add "$ns" || skip "no network namespaces"
		NS_NAMES="$NS_NAMES $ns"
		ip -n "$hub" link add "v$i" type veth peer name eth0 \
		    netns "$ns"
		ip -n "$hub" link set "v$i" master br0 up
		ip -n "$ns" link set lo up
		ip -n "$ns" link set eth0 up
		ip -n "$ns" addr add "10.99.0.$i/24" dev eth0
		ip -n "$ns" addr add "fd99::$i/64" dev eth0 nodad
	done
}

# ns NAME COMMAND...: run in a namespace
ns()
{
	_ns=$NS_TAG-$1
	shift
	ip netns exec "$_ns" "$@"
}

# start NAME LOG COMMAND...: a daemon in a namespace, without the right to set
# the clock.  Sets $PID.
start()
{
	_ns=$NS_TAG-$1
	_log=$2
	shift 2
	ip netns exec "$_ns" setpriv --bounding-set -sys_time "$@" \
	    >"$_log" 2>&1 </dev/null &
	PID=$!
	NS_PIDS="$NS_PIDS $PID"
}

# wait_for SECONDS COMMAND...: until it succeeds.  So long at most on a computer
# that has nothing else to do; a slow and busy one may take six times as long.
wait_for()
{
	left=$(($1 * 60))
	shift
	while ! "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}

# server_process NAME N: the number of server process N of a namespace
server_process()
{
	_want="ntpd: server"
	[ "$2" = 0 ] || _want="$_want $2"
	for _p in $(ip netns pids "$NS_TAG-$1"); do
		if [ "$(tr '\0' ' ' <"/proc/$_p/cmdline" 2>/dev/null |
		    sed 's/ *$//')" = "$_want" ]; then
			echo "$_p"
			return
		fi
	done
}

# write_conf DIR LINE...: DIR/conf with these lines, after what all daemons need
write_conf()
{
	_dir=$1
	shift
	printf '%s\n' "bindcmdaddress $_dir/run/chronyd.sock" \
	    "pidfile $_dir/pid" "$@" >"$_dir/conf"
}

# ours NAME DIR LINE...: our daemon in a namespace with these lines; its
# command socket is DIR/run/chronyd.sock and its log DIR/log.  Sets $PID.
ours()
{
	where=$1
	dir=$2
	shift 2
	mkdir -p "$dir"
	chmod 755 "$dir"
	write_conf "$dir" "$@"
	start "$where" "$dir/log" "$NTPD" -d -x -f "$dir/conf"
}

# theirs NAME DIR LINE...: chronyd likewise
theirs()
{
	where=$1
	dir=$2
	shift 2
	mkdir -p "$dir/run"
	chmod 755 "$dir"
	chmod 770 "$dir/run"
	write_conf "$dir" "$@"
	start "$where" "$dir/log" "$CHRONYD" -x -u root -d -f "$dir/conf"
}

# ctl DIR ARG...: ask our daemon by its socket
ctl()
{
	sock=$1/run/chronyd.sock
	shift
	"$NTPCTL" -h "$sock" "$@"
}

need_peer()
{
	[ -x "$CHRONYD" ] || skip "no chronyd: make deps"
}
