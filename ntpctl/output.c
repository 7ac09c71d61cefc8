/*
 * Tables in every format.  Used by ntpctl; must never print.  Scripts read
 * what is written here: no column, order or name may change.
 */
#include "ntpctl/output.h"

#include <stdlib.h>
#include <string.h>

#include "ntpctl/text.h"

#define PREFIX	"ntp_"		/* of metrics */

void
output_head(struct text *t, const struct output_style *style,
    const struct field_table *table, int verbose)
{
	const char *const	*line;
	size_t			 len;

	if (style->format != OUTPUT_TEXT || table->head == NULL)
		return;
	if (verbose && table->legend != NULL)
		for (line = table->legend; *line != NULL; line++)
			text_add(t, "%s\n", *line);
	len = strlen(table->head);
	if (!style->wide)
		text_add(t, "%s\n", table->head);
	else {
		text_add(t, "%.*s%*s%s\n", (int)table->wide_at, table->head,
		    FIELD_WIDE, "", table->head + table->wide_at);
		len += FIELD_WIDE;
	}
	text_fill(t, '=', len);
	text_add(t, "\n");
}

static const char *
row_at(const void *rows, size_t i, size_t size)
{
	return ((const char *)rows + i * size);
}

static void
text_row(struct text *t, const struct field_table *table, const void *row,
    int wide)
{
	const struct field	*f;
	size_t			 i;

	for (i = 0; i < table->nfields; i++) {
		f = &table->fields[i];
		if ((f->flags & FF_NOTEXT) == 0 && !field_is_absent(f, row))
			field_text(t, f, row, wide);
	}
	if (table->list == 1)
		text_add(t, "\n");
}

static void
csv_row(struct text *t, const struct field_table *table, const void *row)
{
	const struct field	*f;
	const char		*comma = "";
	size_t			 i;

	for (i = 0; i < table->nfields; i++) {
		f = &table->fields[i];
		if ((f->flags & (FF_NOTEXT | FF_NOCSV)) ||
		    field_is_absent(f, row))
			continue;
		text_add(t, "%s", comma);
		field_csv(t, f, row);
		comma = ",";
	}
	text_add(t, "\n");
}

static void
json_row(struct text *t, const struct field_table *table, const void *row)
{
	const struct field	*f;
	const char		*comma = "";
	size_t			 i;

	text_add(t, "{");
	for (i = 0; i < table->nfields; i++) {
		f = &table->fields[i];
		if (f->flags & FF_NOJSON)
			continue;
		text_add(t, "%s\"%s\":", comma, f->name);
		field_json(t, f, row);
		comma = ",";
	}
	text_add(t, "}");
}

void
output_member(struct text *t, const struct field_table *table,
    const void *rows, size_t n, size_t size)
{
	size_t	 i;

	text_add(t, "\"%s\":%s", table->name, table->list ? "[" : "");
	for (i = 0; i < n; i++) {
		if (i > 0)
			text_add(t, ",");
		json_row(t, table, row_at(rows, i, size));
	}
	text_add(t, "%s", table->list ? "]" : "");
}

static void
metric_labels(struct text *t, const struct field_table *table,
    const void *row)
{
	const struct field	*f;
	const char		*before = "{";
	size_t			 i;

	for (i = 0; i < table->nfields; i++) {
		f = &table->fields[i];
		if (f->metric != FM_LABEL)
			continue;
		text_add(t, "%s%s=", before, f->name);
		field_quote(t, (const char *)row + f->at);
		before = ",";
	}
	if (*before == ',')
		text_add(t, "}");
}

/* The samples of a family stand together: fields first, then rows. */
static void
metric_family(struct text *t, const struct field_table *table,
    const struct field *f, const void *rows, size_t n, size_t size)
{
	struct text	 value;
	const char	*row;
	size_t		 i;

	text_add(t, "# TYPE " PREFIX "%s_%s %s\n", table->name, f->name,
	    f->metric == FM_COUNTER ? "counter" : "gauge");
	text_init(&value);
	for (i = 0; i < n; i++) {
		row = row_at(rows, i, size);
		text_clear(&value);
		if (field_metric(&value, f, row) == -1)
			continue;
		text_add(t, PREFIX "%s_%s%s", table->name, f->name,
		    f->metric == FM_COUNTER ? "_total" : "");
		metric_labels(t, table, row);
		text_add(t, " %s\n", value.data != NULL ? value.data : "0");
	}
	t->failed |= value.failed;
	text_free(&value);
}

void
output_rows(struct text *t, const struct output_style *style,
    const struct field_table *table, const void *rows, size_t n, size_t size)
{
	size_t	 i;

	switch (style->format) {
	case OUTPUT_TEXT:
		for (i = 0; i < n; i++)
			text_row(t, table, row_at(rows, i, size),
			    style->wide);
		break;
	case OUTPUT_CSV:
		for (i = 0; i < n; i++)
			csv_row(t, table, row_at(rows, i, size));
		break;
	case OUTPUT_JSON:
		text_add(t, "{");
		output_member(t, table, rows, n, size);
		text_add(t, "}\n");
		break;
	case OUTPUT_METRICS:
		for (i = 0; i < table->nfields; i++)
			if (table->fields[i].metric == FM_GAUGE ||
			    table->fields[i].metric == FM_COUNTER)
				metric_family(t, table, &table->fields[i],
				    rows, n, size);
		break;
	}
}

void
output_status(struct text *t, const struct output_style *style,
    const char *status)
{
	char	*message;
	long	 code = strtol(status, &message, 10);

	while (*message == ' ' || *message == '-')
		message++;
	if (style->format == OUTPUT_METRICS) {
		if (code >= 500)
			text_add(t, "# %s\n", status);
	} else if (style->format == OUTPUT_JSON) {
		text_add(t, "{\"status\":%ld,\"message\":", code);
		field_quote(t, message);
		text_add(t, "}\n");
	} else
		text_add(t, "%s\n", status);
}
