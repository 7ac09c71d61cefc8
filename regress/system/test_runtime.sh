#!/bin/sh
# What an operator changes at run time holds at once for everybody, and for a
# server or a control process that had to be started again; and who may not
# change anything, or has no place to be answered at, does not.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
command -v python3 >/dev/null || skip "no python3"
need_peer

b=$TMPDIR/b
ns_make a b
ours b "$b" "local stratum 5" "allow 10.99.0.2" "bindcmdaddress 10.99.0.2" \
    "cmdallow 10.98.0.0/16"
OURS=$PID
up()
{
	ctl "$b" -c tracking
}
check "up" wait_for 10 up
cat >"$TMPDIR/ask.py" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(float(sys.argv[1]))
s.sendto(bytes([0x23]) + bytes(47), ("10.99.0.2", 123))
try:
    s.recv(512)
except socket.timeout:
    sys.exit(1)
PY
served()
{
	ns a python3 "$TMPDIR/ask.py" 10
}
not_served()
{
	! ns a python3 "$TMPDIR/ask.py" 0.4
}
watched()
{
	ns a "$NTPCTL" -h 10.99.0.2 tracking
}
# child ROLE: the process of that role
child()
{
	ip netns pids "$NS_TAG-b" | while read -r p; do
		case $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null) in
		*"ntpd: $1"*) echo "$p" ;;
		esac
	done
}
restarted()
{
	new=$(child "$1")
	[ -n "$new" ] && [ "$new" != "$2" ]
}

op()
{
	"$CHRONYC" -h "$b/run/chronyd.sock" "$@"
}

check "the client is not served at first" not_served
check "allow" out op allow 10.99.0.1
check "the client is served when allow is answered" served
check_not "UDP is not watched at first" out watched
check "cmdallow" out op cmdallow 10.99.0.1
check "UDP is watched when cmdallow is answered" out watched
for role in server control; do
	old=$(child $role)
	kill -9 "$old"
	check "the $role is started again" wait_for 5 restarted $role "$old"
done
check "control answers" wait_for 5 up
check "a new server knows the rule" served
check "a new control knows the rule" wait_for 5 watched
check "deny" out op deny all 10.99.0.0/16
check "nobody is served when deny is answered" not_served
op accheck 10.99.0.1 >"$TMPDIR/out" 2>&1
check "accheck says so" grep -q '^209 ' "$TMPDIR/out"

# ---- a source of run time, and an engine that had to be started again
added()
{
	op -c sources | grep -q ',10.99.0.77,'
}
check "add" out op add server 10.99.0.77 minpoll 8
check "add another one" out op add server 10.99.0.78
check "delete" out op delete 10.99.0.78
old=$(child engine)
kill -9 "$old"
check "the engine is started again" wait_for 5 restarted engine "$old"
check "a new engine knows the source" wait_for 5 added
op -c sources >"$TMPDIR/out" 2>&1
check_not "but not the one that was deleted" grep -q 10.99.0.78 "$TMPDIR/out"

# ---- by the Unix socket: who is answered, and who may change something
cat >"$TMPDIR/unix.py" <<'PY'
import os, socket, struct, sys
to, mine, command, length = sys.argv[1:5]
uid = int(sys.argv[5]) if len(sys.argv) > 5 else 0
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if mine != "-":
    s.bind(mine)
    os.chmod(mine, 0o666)
os.setgroups([])
os.setgid(int(sys.argv[6]) if len(sys.argv) > 6 else 0)
os.setuid(uid)
s.settimeout(float(os.environ["WAIT"]))
req = struct.pack("!BBBBHHI", 6, 1, 0, 0, int(command), 0, 1)
s.sendto(req + bytes(int(length) - len(req)), to)
try:
    r = s.recv(1024)
except socket.timeout:
    print("nothing")
    sys.exit(0)
print(struct.unpack("!H", r[8:10])[0], len(r))
PY
run=$b/run
# asks MINE COMMAND LENGTH WANT [UID GID]
asks()
{
	_want=$4
	_mine=$1
	_cmd=$2
	_len=$3
	shift 4
	rm -f "$_mine"
	_wait=20
	[ "$_want" != nothing ] || _wait=0.5
	_got=$(WAIT=$_wait python3 "$TMPDIR/unix.py" "$run/chronyd.sock" "$_mine" \
	    "$_cmd" "$_len" "$@" 2>&1)
	rm -f "$_mine"
	[ "$_got" = "$_want" ] && return
	echo "got: $_got"
	return 1
}
gid=$(stat -c %g "$run")
check "root is answered" asks "$run/c" 33 104 "0 104"
check "not beside the directory" asks "$b/c" 33 104 nothing
check "nor up and down again" asks "$run/../c" 33 104 nothing
check "nor without an address" asks - 33 104 nothing
check "root may change something" asks "$run/c" 48 28 "0 28"
check "another user of the group reads" asks "$run/c" 33 104 "0 104" \
    65533 "$gid"
check "and reads what UDP may not" asks "$run/c" 54 196 "0 196" \
    65533 "$gid"
check "but changes nothing" asks "$run/c" 48 28 "2 28" 65533 "$gid"
check "a request that is too short" asks "$run/c" 33 103 "19 28"
check "and one that is no request" asks "$run/c" 75 104 "3 28"
check "shorter than an error" asks "$run/c" 33 27 nothing
check "longer than any" asks "$run/c" 33 861 nothing

check "shutdown" out op shutdown
gone()
{
	! kill -0 "$OURS" 2>/dev/null
}
check "it ends" wait_for 3 gone
finish
