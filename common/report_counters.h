/*
 * The counters of the server processes, of the program in the kernel and of
 * control that chrony's protocol does not have: what became of every packet.
 * The table makes the report, its message, the sum over all processes and what
 * ntpctl prints.
 */
#ifndef COMMON_REPORT_COUNTERS_H
#define COMMON_REPORT_COUNTERS_H

#include <stdint.h>

/*
 * X(member, text): the member is the name in JSON and metrics, too; the text
 * is as wide as chrony's are.  packets is the sum of answers, kisses and
 * all dropped_* but queue_full, which no server process has seen.  An
 * answer that could not be sent is among the answers.
 */
#define REPORT_COUNTERS(X)						\
X(packets, "NTP packets read           : ")				\
X(answers, "NTP answers                : ")				\
X(kisses, "NTP kisses (RATE)          : ")				\
X(dropped_short, "Dropped: too short         : ")			\
X(dropped_length, "Dropped: odd length        : ")			\
X(dropped_long, "Dropped: too long          : ")			\
X(dropped_version, "Dropped: bad version       : ")			\
X(dropped_mode, "Dropped: not a request     : ")			\
X(dropped_extension, "Dropped: bad extension     : ")			\
X(dropped_unknown_key, "Dropped: unknown key       : ")			\
X(dropped_bad_mac, "Dropped: bad MAC           : ")			\
X(dropped_unsigned, "Dropped: no MAC for it     : ")			\
X(dropped_group, "Dropped: to a group        : ")			\
X(dropped_source, "Dropped: bad source        : ")			\
X(dropped_denied, "Dropped: not allowed       : ")			\
X(dropped_limited, "Dropped: too often         : ")			\
X(dropped_no_page, "Dropped: no clock page     : ")			\
X(dropped_clock_changed, "Dropped: clock changed     : ")		\
X(dropped_before_step, "Dropped: before a step     : ")			\
X(dropped_queue_full, "Dropped: queue was full    : ")			\
X(not_sent, "NTP answers not sent       : ")				\
X(receive_errors, "NTP receive errors         : ")			\
X(batches, "NTP batches read           : ")				\
X(rx_timestamps_missing, "RX timestamps missing      : ")		\
X(tx_timestamps_lost, "TX timestamps lost         : ")			\
X(xdp_answers, "XDP answers                : ")				\
X(xdp_passed_denied, "XDP passed: not allowed    : ")			\
X(xdp_passed_no_time, "XDP passed: no time        : ")			\
X(xdp_dropped, "XDP dropped: time changed  : ")				\
X(command_dropped, "Commands dropped           : ")			\
X(command_limited, "Commands too often         : ")			\
X(command_timeouts, "Commands not answered      : ")			\
X(command_not_sent, "Command replies not sent   : ")

#define REPORT_COUNTER_MEMBER(member, text)	uint64_t member;
struct report_counters {
	REPORT_COUNTERS(REPORT_COUNTER_MEMBER)
};
#undef REPORT_COUNTER_MEMBER

#endif
