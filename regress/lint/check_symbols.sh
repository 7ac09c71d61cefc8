#!/bin/sh
# What an executable cannot do, shown by what is not in it: no name that its
# row of symbols.list forbids, and no library but those of its row; and names
# that only one file of a folder may use.
. "$(dirname "$0")/lib.sh"

# names EXECUTABLE: functions in it and those that it takes from libraries
names()
{
	(nm "$1"; nm -D "$1") | awk '{ print $NF }' |
	    sed 's/@.*//; s/^__\(.*\)_chk$/\1/' | sort -u
}

grep -v '^#' regress/lint/symbols.list | while read -r what exes rest; do
	if [ "$what" = only ]; then
		[ -d "$BUILD/obj/${exes%/*}" ] || continue
		find "$BUILD/obj/${exes%/*}" -name '*.o' |
		    grep -v "/${exes##*/}\.o$" | xargs -r nm -A -u |
		    sed "s,^$BUILD/obj/,,; s/\.o: *[Uw] */ /" |
		    awk -v re="^($(echo "$rest" | tr ' ' '|'))\$" '
		    $2 ~ re { print $1 ".c: may not use " $2 }'
		continue
	fi
	for e in $(echo "$exes" | tr , ' '); do
		f=$BUILD/$e
		[ -e "$f" ] || continue
		case $what in
		never)
			names "$f" | grep -xE "$(echo "$rest" |
			    tr ' ' '|')" | sed "s,^,$e: contains ," ;;
		needs)
			readelf -d "$f" | sed -n \
			    's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p' |
			    grep -v -e '^libc$' -e '^ld-linux' \
			    -e '^lib[aul][a-z]*san$' |
			    while read -r l; do
				case " $rest " in
				*" $l "*) ;;
				*) echo "$e: links $l" ;;
				esac
			done ;;
		esac
	done
done >"$OUT"
finish
