# The error of two daemons over time as SVG, from two traces of
# regress/uml/run (column 2: seconds, column 3: error); ours is the first.
# For each column of pixels the range of the errors in it is drawn; the scale
# shows all of what happens after the first 2 % of the time.

FNR == 1	{ file++ }

{
	t[file, ++n[file]] = $2
	e[file, n[file]] = $3
	if ($2 > end)
		end = $2
}

function x(s) { return 80 + s / end * W }
function y(err) {
	if (err > top)
		err = top
	if (err < -top)
		err = -top
	return 40 + H / 2 - err / top * H / 2
}

function label(v) {
	if (v == 0)
		return "0"
	if (top >= 1e-3)
		return sprintf("%g ms", v * 1e3)
	if (top >= 1e-6)
		return sprintf("%g us", v * 1e6)
	return sprintf("%g ns", v * 1e9)
}

function draw(f, colour,	col, i, lo, hi, path, c) {
	col = -1
	path = ""
	for (i = 1; i <= n[f]; i++) {
		c = int(t[f, i] / end * W)
		if (c != col && col >= 0)
			path = path sprintf("M%d %.1fV%.1f", 80 + col, y(lo),
			    y(hi) - 0.7)
		if (c != col) {
			lo = hi = e[f, i]
			col = c
		}
		if (e[f, i] < lo)
			lo = e[f, i]
		if (e[f, i] > hi)
			hi = e[f, i]
	}
	printf "<path d=\"%s\" stroke=\"%s\" stroke-opacity=\"0.6\" fill=\"none\"/>\n",
	    path, colour
}

END {
	W = 1000
	H = 400
	for (f = 1; f <= 2; f++)
		for (i = 1; i <= n[f]; i++) {
			a = e[f, i] < 0 ? -e[f, i] : e[f, i]
			if (t[f, i] > end / 50 && a > top)
				top = a
		}
	if (top == 0)
		top = 1e-9
	# 1, 2 or 5 of a power of ten, at most five of them
	for (unit = 1e-12; unit * 50 < top; unit *= 10)
		;
	if (unit * 5 < top)
		unit *= unit * 10 < top ? (unit * 25 < top ? 10 : 5) : 2
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" " \
	    "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n",
	    W + 100, H + 100
	print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
	printf "<text x=\"80\" y=\"25\" font-size=\"15\">Error of the clock, " \
	    "scenario %s: <tspan fill=\"#0050c8\">ours</tspan>, " \
	    "<tspan fill=\"#d04000\">chronyd</tspan></text>\n", title
	for (v = -unit * int(top / unit); v <= top * 1.001; v += unit)
		printf "<path d=\"M80 %.1fH%d\" stroke=\"#ddd\"/><text x=\"74\" " \
		    "y=\"%.1f\" text-anchor=\"end\">%s</text>\n", y(v),
		    W + 80, y(v) + 4, label(int(v / unit + \
		    (v < 0 ? -0.5 : 0.5)) * unit)
	for (i = 0; i <= 10; i++)
		printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
		    x(end * i / 10), H + 60, end * i / 10
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">seconds since " \
	    "the start</text>\n", W / 2 + 80, H + 82
	draw(2, "#d04000")
	draw(1, "#0050c8")
	printf "<rect x=\"80\" y=\"40\" width=\"%d\" height=\"%d\" " \
	    "fill=\"none\" stroke=\"#888\"/>\n</svg>\n", W, H
}
