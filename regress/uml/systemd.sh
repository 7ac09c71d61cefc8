#!/bin/sh
# PID 1 of a User-Mode Linux guest that becomes systemd, for test_systemd.sh:
# sees the host's files through an overlay whose changes stay in the guest's
# memory.  TOP, BUILD and OUT come from the kernel's command line; the started
# systemd runs this file once more, with `probe', as its only unit.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

# Everything happens in a guest; nothing may run anywhere else.
[ "$$" = 1 ] || grep -q 'User Mode Linux' /proc/cpuinfo || exit 1

boot()
{
	mount -t proc proc /proc
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/up /mnt/work /mnt/root
	mount -t overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work \
	    overlay /mnt/root || poweroff -f
	cd /mnt/root || poweroff -f
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount -t devtmpfs devtmpfs dev
	mount -t tmpfs tmpfs run
	mount -t cgroup2 none sys/fs/cgroup
	mkdir -p run/host run/out
	mount -t hostfs -o "$OUT" none run/out || poweroff -f
	pivot_root . run/host
	cd / || poweroff -f
	# the tree may be below /tmp, which is not to be emptied
	mkdir -p /etc/tmpfiles.d
	: >/etc/tmpfiles.d/tmp.conf
	# nothing of the host's is started or known
	rm -rf /etc/systemd/system /etc/ntpd.conf /var/lib/ntpd /var/log/ntpd
	sed -i '/^_ntpd:/d' /etc/passwd /etc/group /etc/shadow
	mkdir -p /etc/systemd/system
	cat >/etc/systemd/system/probe.service <<END
[Unit]
DefaultDependencies=no
After=sysinit.target
[Service]
Type=oneshot
Environment=TOP=$TOP BUILD=$BUILD
ExecStart=/bin/sh $TOP/regress/uml/systemd.sh probe
StandardOutput=file:/run/out/probe
StandardError=inherit
END
	cat >/etc/systemd/system/probe.target <<END
[Unit]
Requires=probe.service
After=probe.service
AllowIsolate=yes
END
	ip link set lo up
	exec /lib/systemd/systemd --unit=probe.target --show-status=no \
	    --log-target=journal </dev/null >/run/out/systemd 2>&1
}

property()
{
	systemctl show -p "$1" --value ntpd
}

# expect NAME WANTED GOT
expect()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not ok $1: $3, not $2"
	fi
}

# What root is told to do by README.md, then what systemd makes of it.
probe()
{
	cd "$TOP" || return
	make -s install B="$BUILD" PREFIX=/usr/local
	expect "make install" 0 $?
	expect "there is a user" _ntpd "$(id -un _ntpd)"
	cat >/etc/ntpd.conf <<-END
	local stratum 5
	allow 127.0.0.1
	driftfile /var/lib/ntpd/drift
	logdir /var/log/ntpd
	log tracking
	END
	systemctl enable --now ntpd
	expect "systemctl enable --now" 0 $?
	expect "it is active" active "$(systemctl is-active ntpd)"
	expect "it is enabled" enabled "$(systemctl is-enabled ntpd)"
	pid=$(property MainPID)
	expect "the parent can set the clock, and only that" \
	    0000000002000000 "$(sed -n 's/^CapPrm:.//p' "/proc/$pid/status")"
	expect "the children are users" 4 \
	    "$(pgrep -u _ntpd -c 'ntpd-')"
	expect "all have a filter" 6 \
	    "$(grep -l '^Seccomp:.2' $(sed 's,.*,/proc/&/status,' \
	    /sys/fs/cgroup/system.slice/ntpd.service/cgroup.procs) | wc -l)"
	expect "it answers" 1 "$(ntpctl -s status | grep -c 'clock synced')"
	expect "nothing was refused" 0 \
	    "$(journalctl -u ntpd | grep -ci -e cannot -e refused -e denied)"

	kill -9 "$pid"
	left=60
	until [ "$(property NRestarts)" != 0 ] &&
	    [ "$(systemctl is-active ntpd)" = active ]; do
		left=$((left - 1))
		[ $left -gt 0 ] || break
		sleep 1
	done
	expect "it is started again" active "$(systemctl is-active ntpd)"
	expect "once" 1 "$(property NRestarts)"
	expect "with --restore before" 1 \
	    "$(property ExecStopPost | grep -c 'status=0')"
	systemctl stop ntpd
	expect "systemctl stop" 0 $?
	expect "in order" success "$(property Result)"
	make -s uninstall B="$BUILD" PREFIX=/usr/local
	expect "make uninstall leaves nothing" "" \
	    "$(find /usr/local /etc/logrotate.d -name '*ntp*')"
}

if [ "${1:-}" != probe ]; then
	boot
fi
probe
journalctl -u ntpd --no-pager
poweroff -f
