# Says where a C file is not in KNF.  Knows comments and strings, not C.

function bad(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what
}

# columns of a line with tabs of 8
function width(line,	i, w)
{
	w = 0
	for (i = 1; i <= length(line); i++)
		w = substr(line, i, 1) == "\t" ? w + 8 - w % 8 : w + 1
	# a character of several bytes is one column
	gsub(/[^\200-\277]/, "", line)
	return (w - length(line))
}

# the line without comments, strings and character constants
function strip(line,	out)
{
	out = ""
	while (line != "") {
		if (comment) {
			if (!match(line, /\*\//))
				return (out)
			line = substr(line, RSTART + 2)
			comment = 0
		} else if (match(line,
		    /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*/)) {
			out = out substr(line, 1, RSTART - 1)
			if (substr(line, RSTART, 2) == "/*")
				comment = 1
			else
				out = out "\"\""
			line = substr(line, RSTART + RLENGTH)
		} else {
			out = out line
			line = ""
		}
	}
	return (out)
}

FNR == 1 {
	comment = 0
	previous = ""
	if ($0 !~ /^\/\*/)
		bad("the file does not start with what it is for")
}

{
	if (width($0) > 80)
		bad("longer than 80 columns")
	if (/[ \t]$/)
		bad("white space at the end")
	if (/ \t/ && !/^ \*/)
		bad("spaces before a tab")
	if (/\r/)
		bad("carriage return")
	incomment = comment
	code = strip($0)
	if (incomment || code ~ /^[ \t]*$/) {
		if (code !~ /[^ \t]/) {
			previous = ""
			next
		}
	}
	if (code ~ /^ / && (code !~ /^    [^ ]/ || previous == "" ||
	    previous ~ /[;{}]$/))
		bad("indented with spaces")
	if (code ~ /^\t+ / && code !~ /^\t*    [^ ]/ &&
	    code !~ /^\t*     *[?:&|+*\/-]/ && code !~ /\\$/ &&
	    previous !~ /\\$/)
		bad("a continued line is indented by 4 spaces")
	if (code ~ /\/\//)
		bad("// comment")
	if (code ~ /(^|[^a-z_])return[ \t]*[^ \t;(]/ && code !~ /^#/)
		bad("return without parentheses")
	if (code ~ /(^|[^a-zA-Z_])(if|while|for|switch|return)\(/)
		bad("no space after a keyword")
	if (code ~ /(^|[^a-zA-Z_])sizeof [^(]/ || code ~ /sizeof \(/)
		bad("sizeof(x) is written so")
	if (code ~ /\)\{/ || code ~ /\}else/ || code ~ /else\{/)
		bad("no space at a brace")
	if (code ~ /^typedef[ \t]+(struct|union|enum)/)
		bad("typedef of a struct")
	# a definition starts with its name in column 0
	if (code ~ /^\{/ && previous != "" && previous !~ /^[ \t]/ &&
	    previous ~ /^[a-z_]+[ \t*]+.*[a-z0-9_]\(/ &&
	    previous !~ /^[a-zA-Z0-9_]+\(/)
		bad("function name not in column 0")
	if (code ~ /^[a-z_].*[ \t*][a-z0-9_]+\([^;=]*\)[ \t]*\{/)
		bad("brace of a function on its own line")
	previous = code
}
