#!/bin/sh
# A second is inserted and one is deleted by a real kernel, because the servers
# told the daemon so: nobody steps the clock, and it is right before and after.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/regress/uml/lib.sh"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml-leap.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

failed=0
for kind in insert delete; do
	"$TOP/regress/uml/run" "leap-$kind" \
	    --daemon "${1:-ours}" --set "interval 4" --duration 45000 \
	    --keep "$tmp" >"$tmp/line"
	status=$?
	if [ $status != 0 ]; then
		cat "$tmp/line"
		exit $status
	fi
	if awk -v max="$(value max "$tmp/line")" \
	    -v steps="$(value steps "$tmp/line")" \
	    -v outside="$(value outside "$tmp/line")" \
	    -v unsynced="$(value unsynced "$tmp/line")" \
	    'BEGIN { exit !(max > 0 && max < 1e-3 && steps == 0 &&
	    outside == 0 && unsynced == 0) }'; then
		echo "ok $kind"
	else
		echo "not ok $kind"
		cat "$tmp/line"
		tail -n 20 "$tmp/daemon.log"
		failed=1
	fi
done
exit $failed
