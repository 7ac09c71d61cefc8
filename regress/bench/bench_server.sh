#!/bin/sh
# The server against Debian's chronyd: both run at the same time on loopback
# ports, each is loaded in turn, in random order, for several rounds.  Prints
# for both the CPU time of all their processes for one answer, and the median
# of the ratios within a round (what else the machine does moves both alike).
#
#	BUILD=build BENCH_ROUNDS=6 BENCH_SECONDS=1 bench_server.sh
#
# Works as root and as an ordinary user.  chronyd is $CHRONYD, or the one that
# `make deps' unpacked, or an installed one, or it is fetched with apt-get.
# It may not touch the clock: -x, and CAP_SYS_TIME is taken away.
# Exit status: 0 measured (also without chronyd), 1 not.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
PEER=${PEER:-build/peer}
ROUNDS=${BENCH_ROUNDS:-6}
SECONDS_EACH=${BENCH_SECONDS:-1}
PORT_OURS=${BENCH_PORT:-11823}
PORT_PEER=$((PORT_OURS + 1))
PATH=$PATH:/usr/sbin:/sbin
LOAD=$BUILD/regress/bench/ntpload

# What is measured: a name and the arguments of ntpload.
cases()
{
	cat <<-'END'
	saturated, 4 ports|-w 64 -f 4
	saturated, 50000 addresses|-w 64 -s 50000
	END
}

ours_pid=
peer_pid=
dir=$(mktemp -d /tmp/ntpd-bench.XXXXXX) || exit 1
chmod 755 "$dir"
cleanup()
{
	trap - EXIT INT TERM
	[ -n "$ours_pid" ] && kill "$ours_pid" 2>/dev/null
	[ -n "$peer_pid" ] && kill "$peer_pid" 2>/dev/null
	wait
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

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
set -- $(taskset -cp $$ 2>/dev/null | sed 's/.*: //; s/,/ /g' |
    tr ' ' '\n' | awk -F- '{ for (i = $1; i <= $NF; i++) print i }')
if [ $# -ge 2 ]; then
	pin_load="taskset -c $1"
	pin_server="taskset -c $2"
fi

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
if ! find_chronyd; then
	(cd "$dir" && apt-get -q download chrony && dpkg -x chrony_*.deb .) \
	    >"$dir/apt.log" 2>&1
	find_chronyd || CHRONYD=
fi

# A process and all its descendants, with commas.
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

# ready PORT PID: wait until the server there answers and is synchronised
ready()
{
	n=0
	while [ $n -lt 100 ] && kill -0 "$2" 2>/dev/null; do
		line=$("$LOAD" -t 0.01 -w 1 127.0.0.1 "$1" 2>/dev/null) &&
		    [ "$(field unsynced "$line")" = 0 ] && return 0
		sleep 0.2
		n=$((n + 1))
	done
	return 1
}

cat >"$dir/ours.conf" <<END
port $PORT_OURS
local stratum 1
allow
cmdport 0
bindcmdaddress /
END
cat >"$dir/peer.conf" <<END
port $PORT_PEER
local stratum 1
allow
cmdport 0
bindcmdaddress /
pidfile $dir/chronyd.pid
END

[ -x "$LOAD" ] || { echo "bench: no $LOAD: run make bench" >&2; exit 1; }
$pin_server $no_clock "$BUILD/sbin/ntpd" -d -x -f "$dir/ours.conf" \
    -p "$dir/ntpd.pid" >"$dir/ours.log" 2>&1 &
ours_pid=$!
if ! ready "$PORT_OURS" "$ours_pid"; then
	echo "bench: ntpd does not answer:" >&2
	cat "$dir/ours.log" >&2
	exit 1
fi
for pid in $(family "$ours_pid"); do
	favour "$pid"
done
if [ -n "$CHRONYD" ]; then
	user="-u root"
	[ "$(id -u)" = 0 ] || user="-U -u $(id -un)"
	$pin_server $no_clock "$CHRONYD" -x -d $user -f "$dir/peer.conf" \
	    >"$dir/peer.log" 2>&1 &
	peer_pid=$!
	if ! ready "$PORT_PEER" "$peer_pid"; then
		echo "bench: $CHRONYD does not answer:" >&2
		cat "$dir/peer.log" >&2
		exit 1
	fi
	favour "$peer_pid"
	peer_name=$("$CHRONYD" -v | sed 's/.*version \([^ ]*\).*/chronyd \1/')
fi

# measure WHO ARGS...: one line of ntpload, into $dir/results
measure()
{
	who=$1
	shift
	case $who in
	ours)	port=$PORT_OURS pid=$ours_pid ;;
	peer)	port=$PORT_PEER pid=$peer_pid ;;
	esac
	if ! line=$($pin_load "$LOAD" -t "$SECONDS_EACH" \
	    -p "$(family "$pid" | paste -sd,)" "$@" 127.0.0.1 "$port"); then
		echo "bench: bad answers of $who: $line" >&2
		exit 1
	fi
	echo "$who $round $line" >>"$dir/results"
}

# Medians of the columns of one case, and of the ratios of each round.
summary()
{
	awk -v name="$1" -v peer_name="${peer_name:-}" '
	function median(list, n,	i, j, t)
	{
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
				t = list[j]
				list[j] = list[j - 1]
				list[j - 1] = t
			}
		if (n % 2)
			return (list[(n + 1) / 2])
		return ((list[n / 2] + list[n / 2 + 1]) / 2)
	}
	function column(who, key,	i, list)
	{
		for (i = 1; i <= rounds; i++)
			list[i] = value[who, i, key]
		return (median(list, rounds))
	}
	function ratio(key,	i, list)
	{
		for (i = 1; i <= rounds; i++) {
			list[i] = value["ours", i, key]
			list[i] /= value["peer", i, key]
		}
		return (median(list, rounds))
	}
	function total(who, key,	i, sum)
	{
		for (i = 1; i <= rounds; i++)
			sum += value[who, i, key]
		return (sum)
	}
	function row(who, text)
	{
		printf "  %-14s %7.3f %9.0f %8.1f %8.1f %6d %8.2f\n", text,
		    column(who, "server_us"), column(who, "rate"),
		    column(who, "p50_us"), column(who, "p99_us"),
		    total(who, "lost"), column(who, "gap_us")
	}
	{
		if ($2 > rounds)
			rounds = $2
		for (i = 3; i <= NF; i++) {
			split($i, p, "=")
			value[$1, $2, p[1]] = p[2] + 0
		}
	}
	END {
		printf "%s\n  %-14s %7s %9s %8s %8s %6s %8s\n", name, "",
		    "cpu us", "replies/s", "p50 us", "p99 us", "lost",
		    "gap us"
		row("ours", "ntpd")
		if (peer_name == "")
			exit
		row("peer", peer_name)
		printf "  %-14s %7.3f %9.3f\n", "ratio", ratio("server_us"),
		    ratio("rate")
	}' "$dir/results"
}

echo "server: medians of $ROUNDS rounds of $SECONDS_EACH s;" \
    "cpu: of all processes, for one answer;"
echo "gap: from the transmit timestamp to the arrival at the client"
[ -n "$CHRONYD" ] || echo "no chronyd (\$CHRONYD, make deps): no ratio"
cases | while IFS='|' read -r name args; do
	: >"$dir/results"
	round=1
	while [ $round -le "$ROUNDS" ]; do
		for who in $(shuf -e ours ${peer_pid:+peer}); do
			# shellcheck disable=SC2086
			measure "$who" $args
		done
		round=$((round + 1))
	done
	summary "$name"
done
