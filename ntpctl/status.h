/*
 * The words of ntpctl status, which watch shows too.
 */
#ifndef NTPCTL_STATUS_H
#define NTPCTL_STATUS_H

#include <stdint.h>

struct health;
struct row_explain;
struct text;

/* A line each: the clock, its source, its frequency, what else is to know. */
void	status_add_clock(struct text *t, const struct health *h,
	    int64_t now_ns);
/* Two lines: what it is, and why it is used or not. */
void	status_add_source(struct text *t, const struct row_explain *row,
	    int64_t now_ns);

#endif
