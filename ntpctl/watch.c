/*
 * ntpctl watch: the clock and its sources, live.  Composes whole screens as
 * texts with cursor addressing, each written at once, so that nothing
 * flickers; the terminal itself is the options' business.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntpctl/commands.h"
#include "ntpctl/format.h"
#include "ntpctl/health.h"
#include "ntpctl/parse.h"
#include "ntpctl/status.h"
#include "ntpctl/tables.h"

#define HISTORY		512	/* values that are kept */
#define INTERVAL_S	1.0
#define INTERVAL_MIN_S	0.1
#define TIMEOUT_MS	1000	/* one attempt: keys are read after it */
#define COLUMNS_MIN	20
#define ROWS_MIN	4

#define HOME		"\033[H"
#define CLEAR_LINE	"\033[K"
#define CLEAR_REST	"\033[J"

struct history {
	double	 offset_s[HISTORY];
	double	 error_s[HISTORY];
	size_t	 n;			/* all that came */
};

/* Appends one line of text, cut to the width; without an end of line. */
static void
add_cut(struct text *t, const char *line, size_t len, int columns)
{
	if (len > (size_t)columns)
		len = columns;
	text_add(t, "%.*s" CLEAR_LINE, (int)len, line);
}

/* The lines of a text, as many as there is room for; how many. */
static int
add_lines(struct text *t, const struct text *from, int rows, int columns)
{
	const char	*p = from->data, *end;
	int		 n = 0;

	while (p != NULL && *p != '\0' && n < rows) {
		end = strchr(p, '\n');
		add_cut(t, p, end != NULL ? (size_t)(end - p) : strlen(p),
		    columns);
		text_add(t, "\r\n");
		n++;
		p = end != NULL ? end + 1 : NULL;
	}
	return (n);
}

/* The last values as eighths of a block, between the smallest and largest. */
static void
add_spark(struct text *t, const char *label, const double *values, size_t n,
    int columns)
{
	static const char *const	blocks[] = {
		"\342\226\201", "\342\226\202", "\342\226\203",
		"\342\226\204", "\342\226\205", "\342\226\206",
		"\342\226\207", "\342\226\210"
	};
	char				lo_text[FORMAT_MAX];
	char				hi_text[FORMAT_MAX];
	double				lo = 0, hi = 0, v;
	size_t				i, room, first;
	int				level;

	room = columns > 36 ? columns - 34 : 2;
	if (room > HISTORY)
		room = HISTORY;
	first = n > room ? n - room : 0;
	for (i = first; i < n; i++) {
		v = values[i % HISTORY];
		lo = i == first || v < lo ? v : lo;
		hi = i == first || v > hi ? v : hi;
	}
	text_add(t, "%-12s", label);
	for (i = first; i < n; i++) {
		v = values[i % HISTORY];
		level = hi > lo ? (int)((v - lo) / (hi - lo) * 7.999) : 0;
		text_add(t, "%s", blocks[level]);
	}
	text_add(t, " %s .. %s" CLEAR_LINE "\r\n",
	    format_offset(lo, lo_text, sizeof(lo_text)),
	    format_offset(hi, hi_text, sizeof(hi_text)));
}

static void
compose(struct text *t, const struct health *h, const struct history *history,
    int64_t now_ns, int rows, int columns)
{
	const struct row_explain	*row;
	struct text			 part;
	size_t				 i;
	int				 left = rows - 1;

	text_init(&part);
	text_add(t, HOME);
	status_add_clock(&part, h, now_ns);
	left -= add_lines(t, &part, left, columns);
	text_clear(&part);
	if (left >= 3) {
		add_spark(t, "Offset", history->offset_s, history->n,
		    columns);
		add_spark(t, "Error bound", history->error_s, history->n,
		    columns);
		text_add(t, CLEAR_LINE "\r\n");
		left -= 3;
	}
	row = (const struct row_explain *)h->sources.data;
	for (i = 0; i < h->sources.n; i++)
		status_add_source(&part, &row[i], now_ns);
	add_lines(t, &part, left, columns);
	t->failed |= part.failed;
	text_free(&part);
	text_add(t, CLEAR_REST "\033[%d;1H", rows);
	health_time_text(t, now_ns, 0);
	text_add(t, "  q: quit" CLEAR_LINE);
}

static void
remember(struct history *history, const struct report_health *h)
{
	size_t	 at = history->n++ % HISTORY;

	history->offset_s[at] = 0 - h->offset_s;
	history->error_s[at] = h->error_s;
}

static int
watch_once(struct ctl *ctl, struct history *history, int rows, int columns)
{
	struct health	 h;
	struct text	 screen;
	int		 got;

	text_init(&screen);
	got = health_get(ctl, &h);
	if (got == 0) {
		remember(history, &h.clock);
		compose(&screen, &h, history, ctl->ops->now(), rows, columns);
	} else {
		text_add(&screen, HOME);
		add_lines(&screen, &ctl->out, rows - 1, columns);
		text_add(&screen, CLEAR_REST);
	}
	health_free(&h);
	text_free(&ctl->out);
	ctl->out = screen;
	ctl->ops->flush(ctl->ctx, &ctl->out, &ctl->err);
	return (got);
}

int
command_watch(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	static const struct client_limits once = {
		.timeout_ms = TIMEOUT_MS, .retries = 0
	};
	struct history	*history;
	double		 interval_s = INTERVAL_S;
	int		 rows, columns, screens = 0, key = 0;

	if (argc > 0 && (parse_span(argv[0], &interval_s) == -1 ||
	    interval_s < INTERVAL_MIN_S))
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	if ((history = calloc(1, sizeof(*history))) == NULL) {
		ctl->out.failed = 1;
		return (-1);
	}
	ctl->ops->limits(ctl->ctx, &once);
	while (key != 'q' && key != 'Q' && key != -1 && key != 3) {
		if (ctl->ops->screen(ctl->ctx, &rows, &columns) == -1)
			break;
		if (rows < ROWS_MIN)
			rows = ROWS_MIN;
		if (columns < COLUMNS_MIN)
			columns = COLUMNS_MIN;
		watch_once(ctl, history, rows, columns);
		key = ctl->ops->key(ctl->ctx, interval_s);
		screens++;
	}
	ctl->ops->limits(ctl->ctx, &ctl->limits);
	ctl->ops->screen(ctl->ctx, NULL, NULL);
	free(history);
	if (screens == 0)
		return (ctl_syntax(ctl, "watch needs a terminal"));
	return (0);
}
