/*
 * Fields of reports: every format writes the same table, so that text, CSV,
 * JSON and metrics cannot disagree.  A row is a struct with a report and what
 * ntpctl found out besides; a field says where in it a value is and how it is
 * written.  Signs: reports are RFC 5905's, and where chrony shows the opposite
 * the field says so (TURNED).
 */
#ifndef NTPCTL_FIELD_H
#define NTPCTL_FIELD_H

#include <stddef.h>
#include <stdint.h>

struct text;

enum field_type {			/* what is in the row */
	FT_U8,
	FT_S8,
	FT_U16,
	FT_S16,
	FT_U32,
	FT_S32,
	FT_U64,
	FT_REAL,			/* double */
	FT_TURNED,			/* double of the opposite sign */
	FT_TIME,			/* int64_t ns since 1970 */
	FT_STRING			/* char[] */
};

enum field_kind {			/* how it is written */
	FK_NUMBER,		/* width; decimals of a real */
	FK_SIGNED,		/* the same, with a sign in text */
	FK_OCTAL,
	FK_HEX,			/* 8 digits */
	FK_AGO,			/* seconds; see format.h for these */
	FK_OFFSET,
	FK_SPAN,
	FK_PPM,
	FK_FREQ,
	FK_SLOW,		/* amount, unit and slow or fast */
	FK_FAST,		/* the same, positive where it is fast */
	FK_DATE,		/* else seconds since 1970 */
	FK_ISODATE,		/* "2026-11-21 08:33:19", also in CSV */
	FK_STRING,		/* width < 0: left; wide: 14 more */
	FK_REFID,		/* as characters */
	FK_WORD,		/* one of words */
	FK_CHAR,		/* a letter */
	FK_OPTIONS,		/* of selection */
	FK_INTERVAL,		/* log2, - above 126 */
	FK_BITS			/* binary, width digits */
};

enum field_metric {
	FM_NONE,
	FM_GAUGE,
	FM_COUNTER,
	FM_LABEL
};

#define FF_NOTEXT	0x1	/* only in JSON and metrics */
#define FF_NOJSON	0x2	/* only in text and CSV */
#define FF_NOCSV	0x4
#define FF_OPTIONAL	0x8	/* all ones: the daemon does not have it */

struct field_word {
	const char	*text;
	const char	*csv;
	const char	*json;
};

struct field {
	const char	*name;		/* with its unit */
	uint16_t	 at;
	uint8_t		 type;		/* enum field_type */
	uint8_t		 kind;		/* enum field_kind */
	int8_t		 width;
	int8_t		 decimals;
	uint8_t		 metric;	/* enum field_metric */
	uint8_t		 flags;
	const char	*before;	/* in text */
	const char	*after;
	const struct field_word *words;	/* FK_WORD; the last text is NULL */
};

struct field_table {
	const char	*name;		/* in JSON and metrics */
	int		 list;		/* 1: lines with a head; 2: blocks */
	const char	*head;
	size_t		 wide_at;	/* -w: where head gets 14 blanks */
	const char	*const *legend;	/* -v; ends with NULL */
	const struct field *fields;
	size_t		 nfields;
};

#define FIELD_WIDE	14

/* 1: the daemon did not say it. */
int	field_is_absent(const struct field *f, const void *row);
void	field_text(struct text *t, const struct field *f, const void *row,
	    int wide);
void	field_csv(struct text *t, const struct field *f, const void *row);
/* A JSON value. */
void	field_json(struct text *t, const struct field *f, const void *row);
/* The value of a metric: 0, or -1 when it has none. */
int	field_metric(struct text *t, const struct field *f, const void *row);
/* A string in quotes, as JSON and metrics write it. */
void	field_quote(struct text *t, const char *s);

#endif
