#!/bin/sh
# collectd's chrony plugin, as Debian has it, reads our daemon.
# beside: yes
# shellcheck source=regress/system/lib.sh
. "$TOP/regress/system/lib.sh"
need_peer
[ -x "$PEER/usr/sbin/collectd" ] || skip "no collectd: make deps"

a=$TMPDIR/a
b=$TMPDIR/b
ns_make a b
theirs a "$a" "local stratum 1" "allow" "cmdport 0"
ours b "$b" "server 10.99.0.1 iburst minpoll 0 maxpoll 0"
synced()
{
	ctl "$b" -c tracking | grep -q '^0A630001,10.99.0.1,2,'
}
check "synchronised" wait_for 20 synced

cat >"$b/collectd.conf" <<END
Hostname "t"
FQDNLookup false
Interval 1
BaseDir "$b"
PIDFile "$b/collectd.pid"
PluginDir "$PEER/usr/lib/collectd"
TypesDB "$PEER/usr/share/collectd/types.db"
LoadPlugin logfile
<Plugin logfile>
	File "$b/collectd.log"
	LogLevel info
</Plugin>
LoadPlugin csv
<Plugin csv>
	DataDir "$b/csv"
</Plugin>
LoadPlugin chrony
<Plugin chrony>
	Host "127.0.0.1"
	Port "323"
	Timeout "2"
</Plugin>
END
start b "$b/collectd.out" "$PEER/usr/sbin/collectd" -f -C "$b/collectd.conf"
values()
{
	ls "$b"/csv/t/chrony/*stratum*10.99.0.1* "$b"/csv/t/chrony/*skew*
}
check "collectd has values" wait_for 20 values
cd "$b/csv/t/chrony" || exit 1
# the last line of each file is `epoch,value'
last()
{
	cat "$1"-* | tail -1 | cut -d, -f2
}
for f in *; do
	echo "${f%-20*} $(cat "$f" | tail -1)"
done | sort -u
is()
{
	awk -v a="$(last "$1")" -v b="$2" 'BEGIN { exit !(a == b) }'
}
check "stratum of the daemon is 2" wait_for 10 is clock_stratum-chrony 2
check "stratum of the source is 1" wait_for 10 is clock_stratum-10.99.0.1 1
answered()
{
	awk -v a="$(last clock_reachability-10.99.0.1)" \
	    'BEGIN { exit !(a >= 3 && a % 2 == 1) }'
}
check "the last request was answered" wait_for 10 answered
young()
{
	awk -v a="$(last clock_last_meas-10.99.0.1)" \
	    'BEGIN { exit !(a != "" && a < 3) }'
}
check "the last sample is younger than 3 s" wait_for 10 young
check "nothing was wrong" test 0 = \
    "$(grep -ci 'error\|fail' "$b/collectd.log")"
finish
