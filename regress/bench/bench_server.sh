#!/bin/sh
# The server against Debian's chronyd.  For each row both run at the same time
# on loopback ports, each is loaded in turn, in random order, for several
# rounds.  Prints one table: the medians of both, the median of the ratios
# within a round (what else the machine does moves both alike), and the goal.
#
#	BUILD=build BENCH_ROUNDS=6 BENCH_SECONDS=1 bench_server.sh [ROW...]
#
# QUICK=1: two rounds of 0.3 s.  ROW: only rows whose names have this in them.
# A row with a directive that ntpd refuses is skipped, and says so.
#
# Works as root and as an ordinary user.  chronyd is $CHRONYD, or the one that
# `make deps' unpacked, or an installed one, or it is fetched with apt-get.
# It may not touch the clock: -x, and CAP_SYS_TIME is taken away.
# Exit status: 0 measured (also without chronyd), 1 not.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
PEER=${PEER:-build/peer}
QUICK=${QUICK:+1}
ROUNDS=${BENCH_ROUNDS:-${QUICK:+2}}
ROUNDS=${ROUNDS:-6}
SECONDS_EACH=${BENCH_SECONDS:-${QUICK:+0.3}}
SECONDS_EACH=${SECONDS_EACH:-1}
SETTLE=${QUICK:+1}		# until they have nothing more to do
SETTLE=${SETTLE:-20}
IDLE=${QUICK:+5}		# how long they are left alone
IDLE=${IDLE:-30}
PORT_OURS=${BENCH_PORT:-11823}
PORT_PEER=$((PORT_OURS + 1))
PATH=$PATH:/usr/sbin:/sbin
LOAD=$BUILD/regress/bench/ntpload
ADDRESSES="-w 64 -s 50000"

# The rows: name; kind; directives for both, with ; between them; arguments of
# ntpload; what of its line is shown, with its goal (see server.awk).  `two'
# compares ntpd with two processes and with one; `xdp' has a pair of network
# devices for each, and the CPU time of receiving and sending is counted, too.
# `memory' shows what the daemons take, and for how many clients in the log.
#
# Where the rate limit is hit, the time for an answer is that for all requests
# of which it is one, the same number in both daemons.  With few requests a
# second it is mostly that of waking up (sleeps), which who is quicker does
# more often.
tag=nb$$
rows()
{
	cat <<-END
	plain|||$ADDRESSES|server_us<=0.92 rate>=1.10 p50_us p99_us p999_us
	plain, one address, 4 ports|||-w 64 -f 4|server_us<=0.92 rate
	client log off||noclientlog|$ADDRESSES|server_us<=0.92 rate p99_us
	rate limit hit, 50000/s||ratelimit interval 1 burst 16 leak 2|-e -s 16 -r 50000 -w 65536|server_us sleeps lost_percent kod
	rate limit hit, 200000/s||ratelimit interval 1 burst 16 leak 2|-e -g 8 -s 16 -r 200000 -w 65536|server_us<=1.00 lost_percent
	open loop 100000/s|||-e -s 50000 -r 100000 -w 65536|lost_percent=0 server_us p50_us p99_us p999_us
	open loop 200000/s|||-e -g 8 -s 50000 -r 200000 -w 65536|lost_percent=0 sent_rate p99_us
	open loop 300000/s|||-e -g 8 -s 50000 -r 300000 -w 65536|lost_percent=0 sent_rate p99_us
	key MD5||keyfile $dir/keys|$ADDRESSES -k 1:$dir/keys|server_us<=1.00 rate
	key SHA256||keyfile $dir/keys|$ADDRESSES -k 2:$dir/keys|server_us<=1.00 rate
	key AES128||keyfile $dir/keys|$ADDRESSES -k 3:$dir/keys|server_us<=1.00 rate
	two processes against one|two||-w 256 -s 50000|server_us<=1.35 rate
	in the kernel|xdp|xdp ${tag}s0 generic|$ADDRESSES -b 10.64.0.0|server_us<=0.40 rate p50_us p99_us
	memory|memory||-s 100000 -w 64|
	memory, every client logged|memory|clientloglimit 8100000|-s 100000 -w 64|
	END
}

ours_pid=
peer_pid=
in_server=
in_load=
extra_ours=
extra_peer=
host_ours=127.0.0.1
host_peer=127.0.0.1
dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpd-bench.XXXXXX") || exit 1
chmod 755 "$dir"
stop_servers()
{
	for pid in $ours_pid $peer_pid; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	ours_pid=
	peer_pid=
	in_server=
	in_load=
	extra_ours=
	extra_peer=
	host_ours=127.0.0.1
	host_peer=127.0.0.1
	ip netns del "${tag}s" 2>/dev/null
	ip netns del "${tag}c" 2>/dev/null
}
cleanup()
{
	trap - EXIT INT TERM
	stop_servers
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

fail()
{
	echo "bench: $1" >&2
	[ $# -lt 2 ] || cat "$2" >&2
	exit 1
}

# favour PID: its scheduling group before those of other sessions (nice does
# not reach beyond its own).  For root only; without it all are alike.
favour()
{
	{ echo -15 >"/proc/$1/autogroup"; } 2>/dev/null || :
}
favour $$

# The generator on the first CPU, the servers on the second, if there is one.
pin_load=
pin_server=
set_cpus()
{
	[ $# -ge 2 ] || return
	pin_load="taskset -c $1"
	pin_server="taskset -c $2"
}
set_cpus $(taskset -cp $$ 2>/dev/null | sed 's/.*: //; s/,/ /g' |
    tr ' ' '\n' | awk -F- '{ for (i = $1; i <= $NF; i++) print i }')

no_clock=
setpriv --bounding-set -sys_time true 2>/dev/null &&
    no_clock="setpriv --bounding-set -sys_time"

find_chronyd()
{
	for f in "${CHRONYD:-}" "$PEER/usr/sbin/chronyd" \
	    "$(command -v chronyd)" "$dir/usr/sbin/chronyd"; do
		[ -n "$f" ] && [ -x "$f" ] && CHRONYD=$f && return 0
	done
	return 1
}

# A process and all its descendants.
family()
{
	echo "$1"
	for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
		family "$child"
	done
}

# field NAME LINE: a value of ntpload's line
field()
{
	echo "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# device NUMBER: a pair of network devices between the two namespaces; the
# kernel's thread that receives at the server's end is on the server's CPU, so
# that the server pays for it as with a real interface.  Its number in $napi.
device()
{
	s=${tag}s$1
	c=${tag}c$1
	ip -n "${tag}s" link add "$s" type veth peer name "$c" \
	    netns "${tag}c" || return 1
	ip -n "${tag}s" addr add "10.63.$1.1/24" dev "$s"
	ip -n "${tag}c" addr add "10.63.$1.2/24" dev "$c"
	# segments are not for us; without them packets are received in batches
	ip netns exec "${tag}c" python3 "$dir/feature.py" "$c" 0x1f 0
	ip netns exec "${tag}s" python3 "$dir/feature.py" "$s" 0x2c 1
	ip -n "${tag}s" link set "$s" up
	ip -n "${tag}c" link set "$c" up
	ip netns exec "${tag}s" sh -c \
	    "echo 1 >/sys/class/net/$s/threaded" || return 1
	napi=$(grep -l "^napi/$s-" /proc/[0-9]*/comm 2>/dev/null |
	    sed -n 's,/proc/\([0-9]*\)/.*,\1,p;q')
	[ -n "$napi" ] || return 1
	chrt -f -p 50 "$napi"
	[ -z "$pin_server" ] ||
	    taskset -cp "${pin_server##* }" "$napi" >/dev/null
}

make_devices()
{
	cat >"$dir/feature.py" <<-'PY'
	import fcntl, socket, struct, sys, ctypes
	# feature.py DEVICE ETHTOOL-COMMAND VALUE
	v = ctypes.create_string_buffer(struct.pack('II', int(sys.argv[2], 0),
	                                            int(sys.argv[3])))
	req = struct.pack('16sP8x', sys.argv[1].encode(), ctypes.addressof(v))
	fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8946,
	            req)
	PY
	ip netns add "${tag}s" && ip netns add "${tag}c" || return 1
	ip -n "${tag}s" link set lo up
	ip -n "${tag}c" link set lo up
	ip -n "${tag}c" route add local 10.64.0.0/16 dev lo
	device 0 || return 1
	extra_ours=$napi
	device 1 || return 1
	extra_peer=$napi
	# half of the clients' addresses cannot be behind each: all, by a rule
	ip -n "${tag}s" route add 10.64.0.0/16 via 10.63.0.2
	ip -n "${tag}s" route add 10.64.0.0/16 via 10.63.1.2 table 9
	ip -n "${tag}s" rule add from 10.63.1.1 table 9
	in_server="ip netns exec ${tag}s"
	in_load="ip netns exec ${tag}c"
	host_ours=10.63.0.1
	host_peer=10.63.1.1
}

# ready PORT PID: wait until the server there answers and is synchronised
ready()
{
	host=$host_ours
	[ "$1" = "$PORT_OURS" ] || host=$host_peer
	n=0
	while [ $n -lt 100 ] && kill -0 "$2" 2>/dev/null; do
		line=$($in_load "$LOAD" -t 0.01 -w 1 $host "$1" 2>/dev/null) &&
		    [ "$(field unsynced "$line")" = 0 ] && return 0
		sleep 0.2
		n=$((n + 1))
	done
	return 1
}

# conf NAME PORT DIRECTIVES: writes a configuration
conf()
{
	cat >"$dir/$1.conf" <<-END
	port $2
	local stratum 1
	allow
	cmdport 0
	bindcmdaddress $dir/run-$1/socket
	END
	echo "$3" | tr ';' '\n' >>"$dir/$1.conf"
}

# ntpd NAME PORT: starts ours; its number is in $started
start_ntpd()
{
	$in_server $pin $no_clock "$BUILD/sbin/ntpd" -d -x -f "$dir/$1.conf" \
	    -p "$dir/$1.pid" >"$dir/$1.log" 2>&1 &
	started=$!
	ready "$2" "$started" || fail "ntpd does not answer:" "$dir/$1.log"
}

start_chronyd()
{
	echo "pidfile $dir/chronyd.pid" >>"$dir/peer.conf"
	mkdir -p "$dir/run-peer"
	chmod 770 "$dir/run-peer"
	user="-u root"
	[ "$(id -u)" = 0 ] || user="-U -u $(id -un)"
	$in_server $pin $no_clock "$CHRONYD" -x -d $user -f "$dir/peer.conf" \
	    >"$dir/peer.log" 2>&1 &
	started=$!
	ready "$PORT_PEER" "$started" ||
	    fail "$CHRONYD does not answer:" "$dir/peer.log"
}

# start_servers KIND DIRECTIVES; 1 when ntpd does not take them
start_servers()
{
	extra=$2
	pin=$pin_server
	peer_extra=$2
	if [ "$1" = two ]; then
		extra="serverprocs 2"
		pin=
	fi
	# ours has that size from the start, chronyd's grows by powers of two
	[ "$1" != memory ] || [ -z "$2" ] ||
	    peer_extra="clientloglimit 100000000"
	if [ "$1" = xdp ]; then
		peer_extra=
		if [ ! -x "$BUILD/libexec/ntpd/ntpd-xdp" ] ||
		    [ "$(id -u)" != 0 ] || ! make_devices 2>"$dir/check.log"
		then
			echo "needs root, libbpf, python3" >>"$dir/check.log"
			return 1
		fi
	fi
	conf ours "$PORT_OURS" "$extra"
	"$BUILD/sbin/ntpd" -n -f "$dir/ours.conf" >"$dir/check.log" 2>&1 ||
	    return 1
	start_ntpd ours "$PORT_OURS"
	ours_pid=$started
	if [ "$1" = two ]; then
		conf peer "$PORT_PEER" "serverprocs 1"
		start_ntpd peer "$PORT_PEER"
		peer_pid=$started
	elif [ -n "$CHRONYD" ]; then
		conf peer "$PORT_PEER" "$peer_extra"
		start_chronyd
		peer_pid=$started
	fi
	for pid in $(family "$ours_pid") $(family "${peer_pid:-$$}"); do
		favour "$pid"
	done
	return 0
}

port_of()
{
	[ "$1" = ours ] && echo "$PORT_OURS" || echo "$PORT_PEER"
}

# load WHO ARGS...: ntpload's line
load()
{
	who=$1
	shift
	if [ "$who" = ours ]; then
		pid=$ours_pid
		extra_pid=$extra_ours
		host=$host_ours
	else
		pid=$peer_pid
		extra_pid=$extra_peer
		host=$host_peer
	fi
	$in_load $pin_load "$LOAD" -p "$( (family "$pid"
	    echo $extra_pid) | grep . | paste -sd,)" "$@" $host \
	    "$(port_of "$who")" || fail "bad answers of $who"
}

measure_rounds()
{
	round=1
	while [ $round -le "$ROUNDS" ]; do
		for who in $(shuf -e ours ${peer_pid:+peer}); do
			line=$(load "$who" -t "$SECONDS_EACH" "$@") || exit 1
			echo "$who $round $line"
		done
		round=$((round + 1))
	done >"$dir/results"
}

# Proportional set size of all processes of a daemon, kB.
pss()
{
	for p in $(family "$1"); do
		cat "/proc/$p/smaps_rollup"
	done | awk '$1 == "Pss:" { sum += $2 } END { print sum }'
}

# How often they went to sleep so far.
switches()
{
	for p in $(family "$1"); do
		cat "/proc/$p/task/"*/status
	done | awk '/^voluntary_ctxt_switches/ { sum += $2 }
	    END { print sum }'
}

# logged NAME: how many of the generator's addresses the client log has
logged()
{
	"$BUILD/bin/ntpctl" -n -c -h "$dir/run-$1/socket" clients |
	    grep -c '^127\.1\.\|^127\.2\.'
}

measure_memory()
{
	: >"$dir/results"
	sleep "$SETTLE"
	for pid in $ours_pid $peer_pid; do
		switches "$pid" >"$dir/before-$pid"
	done
	sleep "$IDLE"
	for pid in $ours_pid $peer_pid; do
		switches "$pid" >"$dir/after-$pid"
	done
	for who in ours ${peer_pid:+peer}; do
		pid=$peer_pid
		[ "$who" = ours ] && pid=$ours_pid
		idle=$(pss "$pid")
		load "$who" -t 1 "$@" >"$dir/line" || exit 1
		full=$(pss "$pid")
		clients=$(logged "$who")
		echo "$who 1 pss_idle_kb=$idle pss_clients_kb=$full" \
		    "logged=$clients bytes_a_client=$(((full - idle) * 1024 /
		    (clients > 0 ? clients : 1))) wakeups=$(paste \
		    "$dir/before-$pid" "$dir/after-$pid" |
		    awk '{ print ($2 - $1) / '"$IDLE"' }')" \
		    >>"$dir/results"
	done
}

cat >"$dir/keys" <<'END'
1 MD5 HEX:00112233445566778899AABBCCDDEEFF00112233
2 SHA256 HEX:00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
3 AES128 HEX:00112233445566778899AABBCCDDEEFF
END
chmod 644 "$dir/keys"
[ -x "$LOAD" ] || fail "no $LOAD: run make bench-server"
if ! find_chronyd; then
	(cd "$dir" && apt-get -q download chrony && dpkg -x chrony_*.deb .) \
	    >"$dir/apt.log" 2>&1
	find_chronyd || CHRONYD=
fi

# wanted NAME ROW...
wanted()
{
	name=$1
	shift
	[ $# -gt 0 ] || return 0
	for part in "$@"; do
		case $name in *"$part"*) return 0 ;; esac
	done
	return 1
}

echo "medians of $ROUNDS rounds of $SECONDS_EACH s; us: CPU time of all" \
    "processes, for an answer (request_us: for a request)"
[ -n "$CHRONYD" ] || echo "no chronyd (\$CHRONYD, make deps): no ratio"
printf '%-28s %-15s %10s %10s %7s  %s\n' "" "" ntpd \
    "${CHRONYD:+$("$CHRONYD" -v |
    sed 's/.*version \([^ ]*\).*/chrony \1/')}" ratio goal
rows | while IFS='|' read -r name kind directives args figures; do
	wanted "$name" "$@" || continue
	if ! start_servers "$kind" "$directives"; then
		printf '%-28s skipped: %s\n' "$name" \
		    "$(sed -n '1s,^[^ ]*: ,,p' "$dir/check.log")"
		continue
	fi
	if [ "$kind" = memory ]; then
		figures="pss_idle_kb pss_clients_kb logged bytes_a_client<85 wakeups=0"
		measure_memory $args
	else
		measure_rounds $args
	fi
	stop_servers
	awk -v name="$name" -v figures="$figures" \
	    -f regress/bench/server.awk "$dir/results"
done
