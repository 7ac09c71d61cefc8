#!/bin/sh
# No mutable variables outside functions (nor static ones inside), except in a
# program's main file and common/log.c: state is a struct that is passed in.
# What state.list names is excused, with the reason.
. "$(dirname "$0")/lib.sh"

objects | grep -v -e '/main\.o$' -e '/common/log\.o$' | while read -r o; do
	objdump -t "$o" | awk -v file="${o#"$BUILD/obj/"}" '
	# value flags section size name; O: an object
	$0 ~ / O / || $0 ~ /\*COM\*/ {
		for (i = 2; i < NF; i++)
			if ($i ~ /^[.*]/)
				break
		if ($i ~ /^\.(data|bss|tdata|tbss)/ && $i !~ /\.rel\.ro/ ||
		    $i == "*COM*")
			print file, $NF
	}' | sed 's/\.[0-9]*$//'
done | grep -v -E -e '__(asan|odr|tsan)' | while read -r f v; do
	grep -qx "$f $v" regress/lint/state.list ||
	    echo "${f%.o}.c: mutable variable $v"
done >"$OUT"
finish
