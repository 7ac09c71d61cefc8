# One row of bench_server.sh: lines `WHO ROUND NAME=VALUE...', with WHO ours or
# peer.  figures: which names, each with a goal or without.  A goal `<=' or
# `>=' is for the ratio, `=' and `<' are for our own value.

function median(list, n,	i, j, t)
{
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	if (n % 2)
		return (list[(n + 1) / 2])
	return ((list[n / 2] + list[n / 2 + 1]) / 2)
}

function column(who, key,	i, list)
{
	for (i = 1; i <= rounds; i++)
		list[i] = value[who, i, key]
	return (median(list, rounds))
}

# "-" where there is nothing to divide by
function ratio(key,	i, list)
{
	for (i = 1; i <= rounds; i++) {
		if (value["peer", i, key] == 0)
			return ("-")
		list[i] = value["ours", i, key] / value["peer", i, key]
	}
	return (sprintf("%.3f", median(list, rounds)))
}

function text(v)
{
	return (v >= 10000 ? sprintf("%.0f", v) : sprintf("%.5g", v))
}

{
	if ($2 > rounds)
		rounds = $2
	if ($1 == "peer")
		peer = 1
	for (i = 3; i <= NF; i++) {
		split($i, p, "=")
		value[$1, $2, p[1]] = p[2] + 0
	}
}

END {
	n = split(figures, list, " ")
	for (i = 1; i <= n; i++) {
		match(list[i], /^[a-z0-9_]+/)
		key = substr(list[i], 1, RLENGTH)
		goal = substr(list[i], RLENGTH + 1)
		sub(/=/, "= ", goal)
		sub(/^</, "&" (goal ~ /=/ ? "" : " "), goal)
		printf "%-28s %-15s %10s %10s %7s  %s\n", i == 1 ? name : "",
		    key, text(column("ours", key)),
		    peer ? text(column("peer", key)) : "",
		    peer ? ratio(key) : "", goal
	}
}
