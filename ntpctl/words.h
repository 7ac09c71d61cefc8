/*
 * Words for numbers in reports, each in text, CSV and JSON; the last one before
 * the end stands for all that cannot be.
 */
#ifndef NTPCTL_WORDS_H
#define NTPCTL_WORDS_H

#include "ntpctl/field.h"

extern const struct field_word	words_leap[];
extern const struct field_word	words_leap_letter[];
extern const struct field_word	words_mode[];		/* of a source */
extern const struct field_word	words_state[];
extern const struct field_word	words_auth[];
extern const struct field_word	words_yes_no[];
extern const struct field_word	words_y_n[];
extern const struct field_word	words_packet_mode[];
extern const struct field_word	words_timestamping[];
extern const struct field_word	words_active[];		/* smoothing flags */
extern const struct field_word	words_leap_only[];
extern const struct field_word	words_health[];
extern const struct field_word	words_reason[];

#endif
