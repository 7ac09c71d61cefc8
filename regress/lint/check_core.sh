#!/bin/sh
# Every file is a pure core unless it is a main.c or shell.list names it: the
# core does no I/O, reads no clock, and sees no libevent and no sockets.
. "$(dirname "$0")/lib.sh"

list=regress/lint/shell.list
headers='event2/.*|sys/socket\.h|netdb\.h|poll\.h|privsep/(channel|child)\.h'
impure=$(tr -d '\n' <<'EOT'
accept|accept4|adjtimex|bind|chmod|chroot|
clock_(gettime|settime|adjtime|getres|nanosleep)|close|connect|
event_.*|evutil_.*|bufferevent_.*|exec[lv].*|exit|_exit|fchmod|fchown|fclose|
fcntl|fgets|fopen.*|fork|fputs|fread|fsync|ftruncate.*|fwrite|getaddrinfo|
gethostbyname|getline|getpid|getpw.*|getsockname|getsockopt|gettimeofday|
ioctl|kill|listen|lseek.*|mkdir.*|mmap.*|nanosleep|open|open64|openat.*|
pipe.*|poll|pread.*|printf|puts|putchar|pwrite.*|read|readv|recv.*|rename.*|
select|send.*|setsockopt|signal|sigaction|sleep|socket|socketpair|stdout|
stderr|syscall|time|timerfd_.*|unlink.*|usleep|vfprintf|vprintf|waitpid|
write|writev|__v?f?printf_chk|__read_chk|__recv.*_chk|
arc4random.*|getrandom|getentropy|rand|random|environ|getenv
EOT
)

# What each file includes, also through the project's own headers.
grep -rH --include='*.[ch]' '^# *include *[<"]' $FOLDERS |
    sed 's/^\([^:]*\):[^<"]*[<"]\([^>"]*\)[>"].*/\1 \2/' | awk '
{ inc[$1] = inc[$1] " " $2 }
function visit(c, f,	n, i, part)
{
	n = split(inc[f], part, " ")
	for (i = 1; i <= n; i++)
		if (!((c, part[i]) in seen)) {
			seen[c, part[i]]
			print c, part[i]
			visit(c, part[i])
		}
}
END {
	for (f in inc)
		if (f ~ /\.c$/)
			visit(f, f)
}' | grep -E "^[^ ]* ($headers)\$" >"$OUT.found"
# What it uses that is not its own.
objects | xargs -r nm -A -u | sed "s,^$BUILD/obj/,,
    s/\.o: *[Uw] */.c /" | grep -E "^[^ ]* ($impure)\$" >>"$OUT.found"
grep -v '/main\.c ' "$OUT.found" | sort -u >"$OUT.sorted"

# A line of the list excuses a file, or only the names on it.
awk '
FNR == 1 { nfile++ }
nfile == 1 {
	if (/^#/ || NF == 0)
		next
	listed[$1] = 1
	if (NF == 1)
		all[$1] = 1
	for (i = 2; i <= NF; i++)
		named[$1, $i] = 1
	next
}
{
	found[$1] = 1
	if ($1 in all)
		next
	if (($1, $2) in named) {
		used[$1, $2] = 1
		next
	}
	print $1 ": is core, but uses " $2
}
END {
	for (f in listed)
		if (!(f in found))
			print "shell.list: " f " does not need to be there"
	for (n in named)
		if (!(n in used)) {
			split(n, p, SUBSEP)
			print "shell.list: " p[1] " does not use " p[2]
		}
}' "$list" "$OUT.sorted" >"$OUT"
finish
