#!/bin/sh
# Shell scripts: their syntax, and shellcheck where there is one.
. "$(dirname "$0")/lib.sh"

find .ci etc regress -type f -not -name '*.list' -not -name '*.awk' |
    while read -r f; do
	case $(head -n 1 "$f" | tr -d '\0') in
	'#!'*bash)	bash -n "$f" 2>&1; echo "$f" >&3 ;;
	'#!/bin/sh'*)	sh -n "$f" 2>&1; echo "$f" >&3 ;;
	esac
done >"$OUT" 3>"$OUT.files"
if command -v shellcheck >/dev/null; then
	# other files that a script reads, and words meant to be split
	xargs shellcheck -f gcc -S warning -x -P SCRIPTDIR \
	    -e SC1090,SC1091,SC2034,SC2046,SC2086,SC3043 \
	    <"$OUT.files" >>"$OUT"
fi
finish
