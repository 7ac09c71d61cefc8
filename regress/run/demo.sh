#!/bin/sh
# `make run': a time server and a client of it, on this computer alone, as
# ordinary user or root, without touching the clock; shows how they settle.
# $BUILD: the build tree; $SECONDS_TO_RUN: then it ends.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
case ${BUILD:=build} in
/*) ;;
*) BUILD=$TOP/$BUILD ;;
esac
seconds=${SECONDS_TO_RUN:-20}
ntpd=$BUILD/sbin/ntpd
ntpctl=$BUILD/bin/ntpctl

dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpd-run.XXXXXX") || exit 1
chmod 755 "$dir"
server=
client=
pause=

end()
{
	trap '' INT TERM
	# shellcheck disable=SC2086
	[ -z "$server$client$pause" ] ||
	    kill $pause $client $server 2>/dev/null
	wait
	rm -rf "$dir"
	exit "$1"
}
trap 'echo; end 0' INT TERM HUP

# A UDP port of the loopback that nobody uses.
free_port()
{
	port=$((20000 + $$ % 20000))
	while grep -qi ":$(printf %04X "$port") " /proc/net/udp \
	    /proc/net/udp6 2>/dev/null; do
		port=$((port + 1))
	done
	echo "$port"
}

# start NAME: runs in the background, log in $dir/NAME.log
start()
{
	echo "\$ ntpd -d -x -f $1.conf"
	sed 's/^/	/' "$dir/$1.conf"
	"$ntpd" -d -x -f "$dir/$1.conf" >"$dir/$1.log" 2>&1 &
}

# show ARGUMENTS: what ntpctl says about the client
show()
{
	echo
	echo "\$ ntpctl $*"
	"$ntpctl" -h "$dir/client/chronyd.sock" "$@" 2>&1
}

# gone PID NAME: a daemon that ended by itself is a failure
gone()
{
	kill -0 "$1" 2>/dev/null && return 1
	echo "the $2 ended:" >&2
	cat "$dir/$2.log" >&2
	end 1
}

port=$(free_port)
cat >"$dir/server.conf" <<END
local stratum 1
allow 127.0.0.1
bindaddress 127.0.0.1
port $port
bindcmdaddress $dir/server/chronyd.sock
cmdport 0
pidfile $dir/server.pid
END
cat >"$dir/client.conf" <<END
server 127.0.0.1 port $port iburst minpoll 0 maxpoll 2
port 0
bindcmdaddress $dir/client/chronyd.sock
cmdport 0
pidfile $dir/client.pid
END

echo "A time server and a client of it for $seconds seconds; the clock is" \
    "not touched."
start server
server=$!
start client
client=$!

# At 3, 8 and then every 10 seconds, and once more at the end.
elapsed=0
next=3
while [ "$elapsed" -lt "$seconds" ]; do
	[ "$next" -gt "$seconds" ] && next=$seconds
	# in the background, so that ^C is acted on at once
	sleep $((next - elapsed)) &
	pause=$!
	wait $pause
	elapsed=$next
	gone "$server" server
	gone "$client" client
	echo
	echo "---- after $elapsed seconds"
	show -s all
	show tracking
	show sources -v
	next=$((elapsed + (elapsed < 8 ? 5 : 10)))
done
echo
echo "---- the client's log"
cat "$dir/client.log"
end 0
