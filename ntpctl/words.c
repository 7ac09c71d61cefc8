/*
 * Words that all formats share.  Used by ntpctl; those in JSON are stable.
 */
#include "ntpctl/words.h"

#define END	{ NULL, NULL, NULL }

const struct field_word	words_leap[] = {
	{ "Normal", "Normal", "normal" },
	{ "Insert second", "Insert second", "insert" },
	{ "Delete second", "Delete second", "delete" },
	{ "Not synchronised", "Not synchronised", "unsynchronised" },
	{ "Invalid", "Invalid", "invalid" },
	END
};

const struct field_word	words_leap_letter[] = {
	{ "N", "Normal", "normal" },
	{ "+", "Insert second", "insert" },
	{ "-", "Delete second", "delete" },
	{ "?", "Not synchronised", "unsynchronised" },
	{ " ", "Invalid", "invalid" },
	END
};

const struct field_word	words_mode[] = {
	{ "^", "^", "server" },
	{ "=", "=", "peer" },
	{ "#", "#", "refclock" },
	{ " ", " ", "unknown" },
	END
};

const struct field_word	words_state[] = {
	{ "*", "*", "selected" },
	{ "?", "?", "unusable" },
	{ "x", "x", "falseticker" },
	{ "~", "~", "jittery" },
	{ "+", "+", "combined" },
	{ "-", "-", "not_combined" },
	{ " ", " ", "unknown" },
	END
};

const struct field_word	words_auth[] = {
	{ "-", "-", "none" },
	{ "SK", "SK", "key" },
	{ "NTS", "NTS", "nts" },
	{ "?", "?", "unknown" },
	END
};

const struct field_word	words_yes_no[] = {
	{ "No", "No", "false" },
	{ "Yes", "Yes", "true" },
	END
};

const struct field_word	words_y_n[] = {
	{ "N", "N", "false" },
	{ "Y", "Y", "true" },
	END
};

const struct field_word	words_packet_mode[] = {
	{ "Invalid", "Invalid", "invalid" },
	{ "Symmetric active", "Symmetric active", "symmetric_active" },
	{ "Symmetric passive", "Symmetric passive", "symmetric_passive" },
	{ "Invalid", "Invalid", "invalid" },
	{ "Server", "Server", "server" },
	{ "Invalid", "Invalid", "invalid" },
	END
};

const struct field_word	words_timestamping[] = {
	{ "Invalid", "Invalid", "invalid" },
	{ "Daemon", "Daemon", "daemon" },
	{ "Kernel", "Kernel", "kernel" },
	{ "Hardware", "Hardware", "hardware" },
	{ "Invalid", "Invalid", "invalid" },
	END
};

const struct field_word	words_active[] = {
	{ "No", "No", "false" },
	{ "Yes", "Yes", "true" },
	{ "No", "No", "false" },
	{ "Yes", "Yes", "true" },
	END
};

const struct field_word	words_leap_only[] = {
	{ "", "", "false" },
	{ "", "", "false" },
	{ "(leap second only)", "(leap second only)", "true" },
	{ "(leap second only)", "(leap second only)", "true" },
	END
};

const struct field_word	words_health[] = {
	{ "starting", "starting", "starting" },
	{ "waiting for replies", "waiting", "waiting" },
	{ "synchronised", "synchronised", "synchronised" },
	{ "holding", "holding", "holding" },
	{ "no majority", "no_majority", "no_majority" },
	{ "too few sources", "too_few", "too_few" },
	{ "no usable source", "unusable", "unusable" },
	{ "not synchronised", "unsynchronised", "unsynchronised" },
	{ "local", "local", "local" },
	{ "unknown", "unknown", "unknown" },
	END
};

#define REASON(word)	{ word, word, word }

const struct field_word	words_reason[] = {
	REASON("none"), REASON("selected"), REASON("combined"),
	REASON("not_preferred"), REASON("not_combined"), REASON("waiting"),
	REASON("waiting_for_others"), REASON("noselect"), REASON("orphan"),
	REASON("not_synchronised"), REASON("distance"), REASON("jitter"),
	REASON("falseticker"), REASON("not_trusted"), REASON("too_few"),
	REASON("require"), REASON("stale"), REASON("loop"), REASON("tests"),
	REASON("authentication"), REASON("no_reply"),
	REASON("icmp"), REASON("kiss_deny"), REASON("kiss_rstr"),
	REASON("kiss_rate"), REASON("offline"),
	REASON("unresolved"), REASON("no_such_name"),
	REASON("no_sources"), REASON("guard"), REASON("no_step"),
	REASON("unknown"), END
};
