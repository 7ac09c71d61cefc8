#!/bin/sh
# Debian's chronyc runs every command of its manual against our daemon and
# against chronyd in the same state; what it prints must be the same, but for
# the figures that were measured.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer

a=$TMPDIR/a
b=$TMPDIR/b
c=$TMPDIR/c
ns_make a b c

theirs a "$a" "local stratum 1" "allow" "cmdport 0"
# both live in the same world: one that answers, one that is offline, one
# without an address, a name that nobody resolves
set -- "server 10.99.0.1 iburst minpoll 0 maxpoll 0" \
    "server 192.0.2.1 offline" "server nobody.example" \
    "allow 10.99.0.0/24" "local stratum 10" "manual" "makestep 1 -1" \
    "cmdallow 10.99.0.0/24"
ours b "$b" "$@" "bindcmdaddress 10.99.0.2"
theirs c "$c" "$@" "bindcmdaddress 10.99.0.3"

synced()
{
	"$CHRONYC" -h "$1/run/chronyd.sock" -c tracking 2>/dev/null |
	    grep -q '^0A630001,10.99.0.1,2,'
}
check "ours is synchronised" wait_for 20 synced "$b"
check "chronyd is synchronised" wait_for 20 synced "$c"

# What was measured becomes #, with its unit and the blanks that fill it up.
mask()
{
	sed -E \
	    -e 's/^(Ref time .*: ).*/\1#/' -e 's/ (slow|fast)/ #/g' \
	    -e 's/^(Reference time .*: ).*/\1#/' \
	    -e 's/^(Local address  : ).*/\1#/' \
	    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/#/' \
	    -e 's/[-+]?[0-9]+\.[0-9]+/#/g' \
	    -e 's/[-+]?[0-9]+(ns|us|ms|s)\b/#/g' \
	    -e 's/[-+]?[0-9]+/#/g' -e 's/ID#+/ID#/' \
	    -e 's/#(ns|us|ms|s)\b/#/g' -e 's/ +/ /g' -e 's/- ?#/#/g' \
	    -e 's/\[ #/[#/g'
}

# same ARG...: chronyc with these prints the same shape for both, when they have
# come to the same state
same_once()
{
	"$CHRONYC" -h "$b/run/chronyd.sock" "$@" >"$TMPDIR/ours" 2>&1
	echo "status $?" >>"$TMPDIR/ours"
	"$CHRONYC" -h "$c/run/chronyd.sock" "$@" >"$TMPDIR/theirs" 2>&1
	echo "status $?" >>"$TMPDIR/theirs"
	mask <"$TMPDIR/ours" >"$TMPDIR/ours.mask"
	mask <"$TMPDIR/theirs" >"$TMPDIR/theirs.mask"
	diff "$TMPDIR/theirs.mask" "$TMPDIR/ours.mask" >"$TMPDIR/diff"
}
same()
{
	if wait_for 3 same_once "$@"; then
		ok "chronyc $*"
		return
	fi
	not_ok "chronyc $*"
	sed 's/^/    /' "$TMPDIR/diff" "$TMPDIR/ours" "$TMPDIR/theirs"
}

# exact ARG...: byte for byte; exact_soon: when they have come to it
exact_once()
{
	"$CHRONYC" -h "$b/run/chronyd.sock" "$@" >"$TMPDIR/ours" 2>&1
	echo "status $?" >>"$TMPDIR/ours"
	"$CHRONYC" -h "$c/run/chronyd.sock" "$@" >"$TMPDIR/theirs" 2>&1
	echo "status $?" >>"$TMPDIR/theirs"
	diff "$TMPDIR/theirs" "$TMPDIR/ours" >"$TMPDIR/diff"
}
exact_soon()
{
	wait_for 3 exact_once "$@"
	exact "$@"
}
exact()
{
	if exact_once "$@"; then
		ok "chronyc $*"
		return
	fi
	not_ok "chronyc $*"
	sed 's/^/    /' "$TMPDIR/diff"
}

# ---- all that only reads
for f in "" -c; do
	for cmd in tracking sources "sources -a" "sources -v" sourcestats \
	    "sourcestats -a" "sourcestats -v" selectdata "selectdata -a" \
	    "selectdata -v" authdata "authdata -a" "authdata -v" \
	    activity "ntpdata 10.99.0.1" ntpdata serverstats rtcdata \
	    "manual list" smoothing clients; do
		# shellcheck disable=SC2086
		same -n $f $cmd
	done
done
exact -n sourcename 10.99.0.1
exact -n sourcename 192.0.2.99
exact -n ntpdata 192.0.2.99
same -N sources
same -w -n sources
# sources without an address have the same numbers
ids()
{
	"$CHRONYC" -h "$1/run/chronyd.sock" -n sources -a | grep -o 'ID#[0-9]*'
}
check "the number of a source without an address" \
    [ "$(ids "$b")" = "$(ids "$c")" ]
exact -n sourcename 'ID#0000000001'
exact_soon -n activity
for addr in 10.99.0.7 10.98.0.7 ::1 fd99::1; do
	exact accheck "$addr"
	exact cmdaccheck "$addr"
done
same waitsync 1

# ---- what changes sources
exact online 192.0.2.1
exact_soon -n activity
exact offline 192.0.2.1
exact offline 192.0.2.99
exact online 192.0.2.0/24
exact offline 255.255.255.0/192.0.2.0
exact_soon -n activity
exact burst 1/2 192.0.2.1
exact_soon -n activity
exact burst 1/2 192.0.2.99
exact minpoll 10.99.0.1 1
exact maxpoll 10.99.0.1 2
exact minpoll 192.0.2.99 1
exact minpoll 'ID#0000000001' 7
exact maxdelay 'ID#0000000001' 0.7
exact maxdelay 'ID#0000000009' 0.7
for cmd in maxdelay maxdelayratio maxdelaydevratio minstratum polltarget
do
	exact $cmd 10.99.0.1 3
	exact $cmd 192.0.2.99 3
done
exact add server 192.0.2.3 offline
exact add server 192.0.2.3 offline
exact add server 192.0.2.4 iburst prefer minpoll 4 maxpoll 5 offline
exact add pool nobody2.example maxsources 1 offline
exact add server 10.99.0.1
exact delete 192.0.2.3
exact delete 192.0.2.3
exact delete 192.0.2.4
same -n sources
exact onoffline
exact offline
exact_soon -n activity
exact online
exact offline 192.0.2.1
exact refresh
exact reselect
exact reselectdist 0.001
exact reload sources

# ---- access
exact deny 10.99.0.8
exact accheck 10.99.0.8
exact allow 10.98
exact accheck 10.98.3.4
exact deny all
exact accheck 10.99.0.7
exact allow all 10.99.0.0/24
exact accheck 10.99.0.8
exact cmddeny 10.99.0.8
exact cmdaccheck 10.99.0.8
exact cmdallow all 10.99.0.0/16
exact cmdaccheck 10.99.0.8
exact cmddeny all
exact cmdaccheck 10.99.0.1
exact cmdaccheck 127.0.0.1
exact cmdallow 10.99.0.0/24

# ---- the clock and the daemon
exact makestep
exact makestep 0.5 3
exact maxupdateskew 50
exact local off
exact local stratum 9
exact manual off
exact settime 16:30
exact manual on
same settime "$(date "+%b %d, %Y %H:%M:%S")"
same -n manual list
sleep 1.2
same settime "$(date "+%b %d, %Y %H:%M:%S")"
exact manual delete 0
exact manual delete 7
exact manual reset
same -n manual list
exact dfreq 0.1
exact doffset 0.000001
exact smoothtime reset
exact smoothtime activate
exact trimrtc
exact writertc
exact cyclelogs
exact dump
exact rekey
exact reset sources
same -n sources
same -n tracking
exact nonsense
exact help

# ---- by UDP: what is open, and what is not; when both have come through
# the reset, which takes each its own time
settled()
{
	for cmd in tracking sources; do
		"$CHRONYC" -n -h "$b/run/chronyd.sock" "$cmd" |
		    mask >"$TMPDIR/ours.mask"
		"$CHRONYC" -n -h "$c/run/chronyd.sock" "$cmd" |
		    mask >"$TMPDIR/theirs.mask"
		cmp -s "$TMPDIR/theirs.mask" "$TMPDIR/ours.mask" || return 1
	done
}
check "both are in the same state again" wait_for 20 settled
udp_once()
{
	ns a "$CHRONYC" -n -h 10.99.0.2 "$@" >"$TMPDIR/ours" 2>&1
	ns a "$CHRONYC" -n -h 10.99.0.3 "$@" >"$TMPDIR/theirs" 2>&1
	mask <"$TMPDIR/ours" >"$TMPDIR/ours.mask"
	mask <"$TMPDIR/theirs" >"$TMPDIR/theirs.mask"
	cmp "$TMPDIR/theirs.mask" "$TMPDIR/ours.mask"
}
udp()
{
	check "chronyc $* by UDP" wait_for 3 udp_once "$@"
}
for cmd in tracking sources sourcestats activity "manual list" rtcdata \
    smoothing "sourcename 10.99.0.1" serverstats "ntpdata 10.99.0.1" \
    selectdata authdata clients makestep "online" "accheck 10.99.0.1" \
    "cmdaccheck 10.99.0.1" shutdown "add server 192.0.2.7"; do
	# shellcheck disable=SC2086
	udp $cmd
done

exact shutdown
check "ours ended" wait_for 3 test ! -e "$b/pid"
check "chronyd ended" wait_for 3 test ! -e "$c/pid"
finish
