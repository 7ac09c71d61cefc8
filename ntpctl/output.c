/*
 * Words and signs that text and CSV share.  Used by ntpctl.
 */
#include "ntpctl/output.h"

const char *
output_leap(unsigned leap)
{
	static const char *const	names[] = {
		[REPORT_LEAP_NORMAL] = "Normal",
		[REPORT_LEAP_INSERT] = "Insert second",
		[REPORT_LEAP_DELETE] = "Delete second",
		[REPORT_LEAP_UNSYNC] = "Not synchronised",
	};

	if (leap >= sizeof(names) / sizeof(names[0]))
		return ("Invalid");
	return (names[leap]);
}

char
output_mode(unsigned mode)
{
	static const char	signs[] = {
		[REPORT_MODE_CLIENT] = '^',
		[REPORT_MODE_PEER] = '=',
		[REPORT_MODE_REFCLOCK] = '#',
	};

	return (mode < sizeof(signs) ? signs[mode] : ' ');
}

char
output_state(unsigned state)
{
	static const char	signs[] = {
		[REPORT_STATE_SELECTED] = '*',
		[REPORT_STATE_NONSELECTABLE] = '?',
		[REPORT_STATE_FALSETICKER] = 'x',
		[REPORT_STATE_JITTERY] = '~',
		[REPORT_STATE_COMBINED] = '+',
		[REPORT_STATE_SELECTABLE] = '-',
	};

	return (state < sizeof(signs) ? signs[state] : ' ');
}
