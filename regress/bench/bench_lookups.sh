#!/bin/sh
# Look-ups in access lists and in the table of clients.
set -u
cd "$(dirname "$0")/../.." || exit 1
"${BUILD:-build}/regress/bench/lookups"
