#!/bin/sh
# Very many access rules (RULES=1000000 for a million): start, reload and a
# rule of run time, two servers.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"

a=$TMPDIR/a
ns_make a
mkdir -p "$a"
chmod 755 "$a"
{
	echo "bindcmdaddress $a/run/chronyd.sock"
	echo "pidfile $a/pid"
	echo "cmdport 0"
	echo "local stratum 5"
	echo "serverprocs 2"
	echo "allow 127.0.0.0/8"
	awk -v n="${RULES:-300000}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "%s 10.%d.%d.%d/%d\n", i % 2 ? "deny" : "allow",
			    int(i / 65536), int(i / 256) % 256, i % 256,
			    24 + i % 9
		for (i = 0; i < 20000; i++)
			printf "cmdallow 10.%d.%d.0/25\n", int(i / 256),
			    i % 256
	}'
} >"$a/conf"
start a "$a/log" "$NTPD" -d -x -f "$a/conf"
PARENT=$PID
# is ADDRESS WORD
is()
{
	ctl "$a" accheck "$1" 2>/dev/null | grep -q "Access $2"
}
before=$(date +%s)
check "it starts" wait_for 60 is 127.0.0.1 allowed
echo "# start in $(($(date +%s) - before)) s"
check "a rule in the middle" is 10.3.0.14 allowed
check "and another one" is 10.3.0.5 denied
echo "deny 127.0.0.1" >>"$a/conf"
before=$(date +%s)
kill -HUP "$PARENT"
check "a reload" wait_for 60 grep -q 'reload: done' "$a/log"
echo "# reload in $(($(date +%s) - before)) s"
check_not "everybody was in time" grep -q 'gives no answer' "$a/log"
check "the new rule counts" is 127.0.0.1 denied
check "by command" ctl "$a" allow 127.0.0.1
check "at once" is 127.0.0.1 allowed

# ---- one of the two has no memory for it: who asked must hear of that
# child NAME: its process
child()
{
	ip netns pids "$NS_TAG-a" | while read -r p; do
		tr '\0' ' ' <"/proc/$p/cmdline" | grep -q "^ntpd: $1 *\$" &&
		    echo "$p"
	done
}
server=$(child "server 1")
# limit ARG...: prlimit of its memory; its own user may do that
limit()
{
	setpriv --reuid "$(stat -c %u "/proc/$server/task")" \
	    --regid "$(stat -c %g "/proc/$server/task")" --clear-groups \
	    prlimit --pid "$server" "$@"
}
hard=$(limit --as -o HARD --noheadings | tr -d ' ')
check "no memory for one" limit --as=4096:
check_not "a rule that it cannot take" out ctl "$a" deny 127.0.0.1
check "is answered as failed" grep -q '^500 Failure' "$TMPDIR/out"
check "and logged" grep -q 'server: access' "$a/log"
check "memory again" limit "--as=$hard:"
check "the same rule" out ctl "$a" deny 127.0.0.1
check "now holds" is 127.0.0.1 denied
# and control, for its own list
server=$(child control)
hard=$(limit --as -o HARD --noheadings | tr -d ' ')
check "no memory for control" limit --as=4096:
check_not "a rule of its own" out ctl "$a" cmdallow 192.0.2.1
check "is answered as failed, too" grep -q '^500 Failure' "$TMPDIR/out"
check "memory again for control" limit "--as=$hard:"
check "the same rule of its own" out ctl "$a" cmdallow 192.0.2.1
check "holds" out ctl "$a" cmdaccheck 192.0.2.1
check "for it" grep -q 'Access allowed' "$TMPDIR/out"
finish
