#!/bin/sh
# A daemon that nobody asks sleeps: what its processes woke up for in an hour,
# which is the sign of life that the parent asks for once a minute, and the
# clock page.  With -x somebody else may change the rate of the clock: looking
# for that becomes rare, and yet a server that sees it need not wait.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"

need_kernel
need_program regress/bench/ntpload
need_program sbin/ntpd
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-idle.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/out"

cat >"$tmp/job" <<'EOF'
log=/run/out/daemon.log
cat >/run/rate.py <<'PY'
import ctypes, struct, sys
# struct timex: modes, offset, freq (2^-16 ppm)
timex = ctypes.create_string_buffer(struct.pack('Ixxxxqq', 2, 0,
    int(sys.argv[1]) << 16), 256)
sys.exit(ctypes.CDLL(None).adjtimex(timex) == -1)
PY

# sleeps: of the parent and the engine, and of all others
sleeps()
{
	two=0
	others=0
	for p in $(pgrep '^ntpd'); do
		n=$(awk '/^voluntary_ctxt_switches/ { print $2 }' \
		    "/proc/$p/status")
		case $(cat "/proc/$p/comm") in
		ntpd|ntpd-engine) two=$((two + n)) ;;
		*) others=$((others + n)) ;;
		esac
	done
}
# hour OPTION LINE...: sleeps in an hour
hour()
{
	option=$1
	shift
	printf '%s\n' "$@" >/run/out/daemon.conf
	# shellcheck disable=SC2086
	"$BUILD/sbin/ntpd" $option -d -f /run/out/daemon.conf >>$log 2>&1 &
	daemon_pid=$!
	sleep 300
	sleeps
	two_before=$two
	others_before=$others
	sleep 3600
	sleeps
	two=$((two - two_before))
	others=$((others - others_before))
	echo "# $option $*: $two, others $others" >>/run/out/tests
}
end()
{
	kill -TERM $daemon_pid
	wait $daemon_pid
}
answers()
{
	"$BUILD/regress/bench/ntpload" -t 0.001 -w 1 127.0.0.1 123 \
	    >/dev/null 2>&1
}

hour "" "allow"
[ $two -le 190 ] && [ $two -ge 120 ]
ok "parent and engine: a sign of life a minute" $?
[ $others = 0 ]
ok "nobody else wakes up" $?
end
hour "" "allow" "local stratum 5"
[ $two -le 310 ] && [ $others = 0 ]
ok "local: and a page a minute" $?
end
hour -x "allow" "local stratum 5"
[ $two -le 320 ] && [ $others = 0 ]
ok "-x: the same while nothing happens" $?
answers
ok "and it answers" $?
python3 /run/rate.py 400
ok "the clock has another rate" $?
sleep 2
answers
[ $? != 0 ]
ok "which is seen" $?
until_true 3 answers
ok "and known at once" $?
sleep 1
answers
ok "and later" $?
sleeps
before=$two
sleep 60
sleeps
[ $((two - before)) -ge 10 ]
ok "and looked for again" $?
end
EOF

"$TOP/regress/uml/vm" "$tmp/job" "$tmp/out" || exit $?
cat "$tmp/out/tests"
if [ "$(grep -c '^ok' "$tmp/out/tests")" != 10 ]; then
	cat "$tmp/out/daemon.log" "$tmp/out/console"
	exit 1
fi
