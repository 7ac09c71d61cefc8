/*
 * The message table and the check that every message passes before anybody
 * acts on it.  Runs in every process; pure.  It must never let a value
 * through that a handler would have to check again for its type's range.
 */
#include "privsep/messages.h"

#include <math.h>
#include <signal.h>
#include <string.h>

/*
 * Instants and spans stay below half of what an int64_t holds, so that two of
 * them can be added or subtracted without a thought (146 years of uptime;
 * the wall clock's limit is the kernel's, in 2262).
 */
#define CHECK_SPAN_MAX	(INT64_MAX / 2)

#define CHECK_DRIFT_PPM	1e6
#define CHECK_ERROR_S	1e9		/* as in messages.h */
#define CHECK_STRATUM	16

typedef const char *(*msg_check_fn)(uint32_t type, const void *payload);

static int
is_text(const char *s, size_t size)
{
	return (memchr(s, '\0', size) != NULL);
}

/* Graphic characters and bytes above ASCII, so no blanks or controls. */
static int
is_word(const char *s, size_t size)
{
	size_t i;

	if (!is_text(s, size))
		return (0);
	for (i = 0; s[i] != '\0'; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return (0);
	return (1);
}

static int
is_within(double v, double min, double max)
{
	return (isfinite(v) && v >= min && v <= max);
}

static int
is_rate(double ppm)
{
	return (is_within(ppm, -MSG_RATE_MAX_PPM, MSG_RATE_MAX_PPM));
}

static int
is_span(int64_t ns)
{
	return (ns >= -CHECK_SPAN_MAX && ns <= CHECK_SPAN_MAX);
}

/* An instant of MONOTONIC_RAW. */
static int
is_raw(int64_t ns)
{
	return (ns >= 0 && ns <= CHECK_SPAN_MAX);
}

static int
is_family(uint32_t family)
{
	return (family == ADDR_NONE || family == ADDR_INET ||
	    family == ADDR_INET6);
}

static int
is_child_role(uint32_t role)
{
	return (role < ROLE_COUNT && (ROLE_BIT(role) & R_CHILDREN) != 0);
}

static const char *
check_child_id(uint32_t role, uint32_t instance)
{
	if (!is_child_role(role))
		return ("bad role");
	if (instance >= MSG_INSTANCES)
		return ("bad instance");
	return (NULL);
}

static const char *
check_empty(uint32_t type, const void *payload)
{
	const struct msg_empty *m = payload;

	(void)type;
	return (m->zero != 0 ? "not zero" : NULL);
}

/* Every id is good: it is only ever given back. */
static const char *
check_id(uint32_t type, const void *payload)
{
	(void)type;
	(void)payload;
	return (NULL);
}

static const char *
check_index(uint32_t type, const void *payload)
{
	const struct msg_index *m = payload;
	uint32_t max;

	max = type == MSG_FILE_COMMIT ? (uint32_t)FILE_COUNT : MSG_SOCKETS;
	if (m->index >= max)
		return ("bad index");
	return (m->member >= MSG_INSTANCES ? "bad member" : NULL);
}

static const char *
check_errno(uint32_t type, const void *payload)
{
	const struct msg_errno *m = payload;

	(void)type;
	if (m->index >= MSG_SOCKETS)
		return ("bad index");
	if (m->error < 1 || m->error > 4095)
		return ("bad errno");
	if (m->member >= MSG_INSTANCES)
		return ("bad member");
	return (NULL);
}

static const char *
check_socket(uint32_t type, const void *payload)
{
	const struct msg_socket *m = payload;

	(void)type;
	if (m->index >= MSG_SOCKETS)
		return ("bad index");
	if (m->kind >= SOCKET_KIND_COUNT)
		return ("bad socket kind");
	if (!addr_is_valid(&m->addr))
		return ("bad address");
	if (m->members < 1 || m->members > (m->kind == SOCKET_NTP ?
	    MSG_INSTANCES : 1) || m->prefix > 128)
		return ("bad group of sockets");
	if (!is_text(m->path, sizeof(m->path)))
		return ("path not terminated");
	if (!is_word(m->device, sizeof(m->device)) ||
	    strchr(m->device, '/') != NULL)
		return ("bad device");
	switch (m->kind) {
	case SOCKET_NTP:
	case SOCKET_COMMAND:
		if (m->addr.family == ADDR_NONE || m->addr.port == 0)
			return ("no address or port");
		if (m->path[0] != '\0')
			return ("path of an internet socket");
		break;
	case SOCKET_COMMAND_UNIX:
		if (m->addr.family != ADDR_NONE)
			return ("address of a Unix socket");
		if (m->path[0] != '/')
			return ("path not absolute");
		break;
	default:
		if (m->addr.family != ADDR_NONE || m->path[0] != '\0')
			return ("address of the log socket");
		break;
	}
	return (NULL);
}

static const char *
check_group(uint32_t type, const void *payload)
{
	const struct msg_group *m = payload;

	(void)type;
	if (m->index >= MSG_SOCKETS)
		return ("bad index");
	if (m->members < 1 || m->members > m->sockets ||
	    m->sockets > MSG_INSTANCES || m->prefix > 128)
		return ("bad group of sockets");
	return (NULL);
}

static const char *
check_child(uint32_t type, const void *payload)
{
	const struct msg_child *m = payload;

	(void)type;
	return (check_child_id(m->role, m->instance));
}

static const char *
check_start(uint32_t type, const void *payload)
{
	const struct msg_start *m = payload;

	(void)type;
	if (m->keys > 1 || (m->keys == 1 && m->role != ROLE_ENGINE &&
	    m->role != ROLE_SERVER))
		return ("bad executable");
	return (check_child_id(m->role, m->instance));
}

static const char *
check_keys(uint32_t type, const void *payload)
{
	const struct msg_keys *m = payload;

	(void)type;
	return (m->len > MSG_KEYS_MAX ? "keys too long" : NULL);
}

static const char *
check_keysdone(uint32_t type, const void *payload)
{
	const struct msg_keysdone *m = payload;

	(void)type;
	return (m->ok > 1 ? "bad flag" : NULL);
}

static const char *
check_signal(uint32_t type, const void *payload)
{
	const struct msg_signal *m = payload;

	(void)type;
	if (m->signo != SIGTERM && m->signo != SIGKILL)
		return ("bad signal");
	return (check_child_id(m->role, m->instance));
}

static const char *
check_started(uint32_t type, const void *payload)
{
	const struct msg_started *m = payload;

	(void)type;
	if (m->pid <= 0)
		return ("bad pid");
	return (check_child_id(m->role, m->instance));
}

/* pid 0: it could not even be forked. */
static const char *
check_exited(uint32_t type, const void *payload)
{
	const struct msg_exited *m = payload;

	(void)type;
	if (m->pid < 0)
		return ("bad pid");
	if (m->status < 0 || m->status > 0xffff)
		return ("bad wait status");
	return (check_child_id(m->role, m->instance));
}

static const char *
check_conf(uint32_t type, const void *payload)
{
	const struct msg_conf *m = payload;

	(void)type;
	if (m->len > MSG_CONF_MAX)
		return ("configuration too long");
	if (m->mode > RUN_PRINT_ONCE)
		return ("bad mode");
	if (m->clock_none > 1)
		return ("bad flag");
	if (!is_family(m->family))
		return ("bad family");
	if (!is_text(m->socket_dir, sizeof(m->socket_dir)) ||
	    (m->socket_dir[0] != '\0' && m->socket_dir[0] != '/'))
		return ("bad directory");
	return (NULL);
}

static const char *
check_reload(uint32_t type, const void *payload)
{
	const struct msg_reload *m = payload;

	(void)type;
	if (m->kind >= RELOAD_KIND_COUNT)
		return ("bad kind of reload");
	return (m->len > MSG_CONF_MAX ? "configuration too long" : NULL);
}

static const char *
check_reloadanswer(uint32_t type, const void *payload)
{
	const struct msg_reloadanswer *m = payload;

	(void)type;
	if (m->answer >= RELOAD_ANSWER_COUNT)
		return ("bad answer");
	return (is_text(m->text, sizeof(m->text)) ? NULL :
	    "text not terminated");
}

static const char *
check_reloadresult(uint32_t type, const void *payload)
{
	const struct msg_reloadresult *m = payload;

	(void)type;
	if (m->ok > 1)
		return ("bad flag");
	if (m->nlines > MSG_RELOAD_LINES || m->len > MSG_CONF_MAX ||
	    m->len < m->nlines)
		return ("bad length");
	return (NULL);
}

static const char *
check_drift(uint32_t type, const void *payload)
{
	const struct msg_drift *m = payload;

	(void)type;
	if (!is_within(m->freq_ppm, -CHECK_DRIFT_PPM, CHECK_DRIFT_PPM))
		return ("bad frequency");
	if (!is_within(m->skew_ppm, -CHECK_DRIFT_PPM, CHECK_DRIFT_PPM))
		return ("bad skew");
	return (NULL);
}

static const char *
check_log(uint32_t type, const void *payload)
{
	const struct msg_log *m = payload;

	(void)type;
	if (m->level >= LOG_LEVEL_COUNT)
		return ("bad level");
	return (is_text(m->line, sizeof(m->line)) ?
	    NULL : "line not terminated");
}

static const char *
check_freq(uint32_t type, const void *payload)
{
	const struct msg_freq *m = payload;

	(void)type;
	return (is_rate(m->base_ppm) ? NULL : "bad base rate");
}

static const char *
check_slew(uint32_t type, const void *payload)
{
	const struct msg_slew *m = payload;

	(void)type;
	if (!is_rate(m->base_ppm))
		return ("bad base rate");
	if (!is_rate(m->slew_ppm))
		return ("bad slew rate");
	return (is_raw(m->end_raw_ns) ? NULL : "bad end");
}

static const char *
check_step(uint32_t type, const void *payload)
{
	const struct msg_step *m = payload;

	(void)type;
	if (m->oneshot > 1)
		return ("bad flag");
	if (!is_rate(m->base_ppm))
		return ("bad base rate");
	return (is_span(m->delta_ns) ? NULL : "bad step");
}

static const char *
check_status(uint32_t type, const void *payload)
{
	const struct msg_status *m = payload;

	(void)type;
	if (m->synced > 1)
		return ("bad flag");
	if (m->leap > 2)
		return ("bad leap");
	if (!is_within(m->esterror_s, 0, CHECK_ERROR_S) ||
	    !is_within(m->maxerror_s, 0, CHECK_ERROR_S))
		return ("bad error");
	if (m->stratum > CHECK_STRATUM)
		return ("bad stratum");
	if (m->sources > MSG_SOURCES)
		return ("bad number of sources");
	return (is_text(m->source, sizeof(m->source)) ?
	    NULL : "source not terminated");
}

static const char *
check_clock(uint32_t type, const void *payload)
{
	const struct msg_clock *m = payload;

	(void)type;
	if (m->result > CLOCK_FAILED)
		return ("bad result");
	if (!is_raw(m->raw_before_ns) || !is_raw(m->raw_after_ns) ||
	    m->raw_before_ns > m->raw_after_ns)
		return ("bad monotonic time");
	if (m->real_before_ns < 0 || m->real_after_ns < 0)
		return ("bad time");
	if (!is_rate(m->rate_ppm) || !is_rate(m->base_ppm))
		return ("bad rate");
	if (!is_raw(m->end_raw_ns))
		return ("bad end");
	if (m->clock_none > 1)
		return ("bad flag");
	return (is_span(m->delta_ns) ? NULL : "bad step");
}

static const char *
check_file(uint32_t type, const void *payload)
{
	const struct msg_file *m = payload;

	(void)type;
	if (m->index >= FILE_COUNT)
		return ("bad index");
	return (m->len > MSG_FILE_CHUNK ? "bad length" : NULL);
}

static const char *
check_name(uint32_t type, const void *payload)
{
	const struct msg_name *m = payload;

	(void)type;
	if (memchr(m->name, '\0', sizeof(m->name)) == NULL)
		return ("unterminated name");
	if (m->port > UINT16_MAX)
		return ("bad port");
	return (NULL);
}

static const char *
check_dump(uint32_t type, const void *payload)
{
	const struct msg_dump *m = payload;
	const struct msg_sample *s;
	uint32_t i;

	(void)type;
	if (!addr_is_valid(&m->addr) || m->addr.family == ADDR_NONE ||
	    m->addr.port != 0 || m->addr.scope != 0)
		return ("bad address");
	if (m->n < 1 || m->n > MSG_DUMP_MAX)
		return ("bad number of samples");
	if (!is_raw(m->sleep_ns))
		return ("bad span");
	for (i = 0; i < m->n; i++) {
		s = &m->sample[i];
		if (!is_raw(s->raw_ns) || (i > 0 && s->raw_ns <= s[-1].raw_ns))
			return ("bad instant");
		if (s->y_ns <= 0 || s->y_ns > CHECK_SPAN_MAX)
			return ("bad offset");
		if (!is_within(s->delay_s, 0, CHECK_ERROR_S) ||
		    !is_within(s->disp_s, 0, CHECK_ERROR_S))
			return ("bad delay");
	}
	return (NULL);
}

static const char *
check_entry(uint32_t type, const void *payload)
{
	const struct msg_entry *m = payload;

	(void)type;
	if (m->file >= LOG_FILE_COUNT)
		return ("bad file");
	if (!is_text(m->line, sizeof(m->line)))
		return ("line not terminated");
	return (strchr(m->line, '\n') != NULL ? "more than a line" : NULL);
}

static const char *
check_change(uint32_t type, const void *payload)
{
	const struct msg_change *m = payload;

	(void)type;
	if (!is_span(m->offset_ns))
		return ("bad offset");
	return (m->real_ns < 0 ? "bad time" : NULL);
}

static const char *
check_oneshot(uint32_t type, const void *payload)
{
	const struct msg_oneshot *m = payload;

	(void)type;
	if (m->ok > 1)
		return ("bad flag");
	if (!is_span(m->offset_ns))
		return ("bad offset");
	return (m->error_ns < 0 ? "bad error" : NULL);
}

static const char *
check_ask(uint32_t type, const void *payload)
{
	const struct msg_ask *m = payload;

	if (type == MSG_RELOAD_ASK && m->value >= RELOAD_KIND_COUNT)
		return ("bad kind of reload");
	return (m->value > MSG_SOURCES ? "bad value" : NULL);
}

static const char *
check_result(uint32_t type, const void *payload)
{
	const struct msg_result *m = payload;

	(void)type;
	/* 16 bits on the wire */
	return (m->status > UINT16_MAX ? "bad status" : NULL);
}

static const char *
check_access(uint32_t type, const void *payload)
{
	const struct msg_access *m = payload;

	(void)type;
	if (m->list > ACCESS_COMMAND || m->index >= MSG_RULES_MAX)
		return ("bad rule");
	if (!addr_is_valid(&m->net.addr) || m->net.addr.family == ADDR_NONE ||
	    m->net.bits > (m->net.addr.family == ADDR_INET ? 32 : 128))
		return ("bad address");
	return (NULL);
}

static const char *
check_rule(uint32_t type, const void *payload)
{
	const struct msg_rule *m = payload;

	(void)type;
	if (m->list > ACCESS_COMMAND || m->allow > 1 || m->all > 1)
		return ("bad rule");
	if (!subnet_is_valid(&m->net))
		return ("bad address");
	return (NULL);
}

static const char *
check_ruledone(uint32_t type, const void *payload)
{
	const struct msg_ruledone *m = payload;

	(void)type;
	return (m->ok > 1 ? "bad flag" : NULL);
}

static const char *
check_dnsask(uint32_t type, const void *payload)
{
	const struct msg_dnsask *m = payload;

	(void)type;
	if (!is_family(m->family))
		return ("bad family");
	if (!is_word(m->name, sizeof(m->name)) || m->name[0] == '\0')
		return ("bad name");
	return (NULL);
}

static const char *
check_dnstell(uint32_t type, const void *payload)
{
	const struct msg_dnstell *m = payload;
	uint32_t i;

	(void)type;
	if (m->count > MSG_DNS_MAX)
		return ("bad count");
	if (m->no_such_name > (m->count == 0))
		return ("bad flag");
	for (i = 0; i < m->count; i++)
		if (!addr_is_valid(&m->addrs[i]) ||
		    m->addrs[i].family == ADDR_NONE)
			return ("bad address");
	return (NULL);
}

/* The check of a payload; a type that is not here does not compile. */
#define MSG_CHECK(type) _Generic((type *)0,				\
	struct msg_empty *: check_empty,				\
	struct msg_id *: check_id,					\
	struct msg_index *: check_index,				\
	struct msg_errno *: check_errno,				\
	struct msg_socket *: check_socket,				\
	struct msg_group *: check_group,				\
	struct msg_child *: check_child,				\
	struct msg_start *: check_start,				\
	struct msg_keys *: check_keys,					\
	struct msg_keysdone *: check_keysdone,				\
	struct msg_signal *: check_signal,				\
	struct msg_started *: check_started,				\
	struct msg_exited *: check_exited,				\
	struct msg_conf *: check_conf,					\
	struct msg_reload *: check_reload,				\
	struct msg_reloadanswer *: check_reloadanswer,			\
	struct msg_reloadresult *: check_reloadresult,			\
	struct msg_drift *: check_drift,				\
	struct msg_log *: check_log,					\
	struct msg_freq *: check_freq,					\
	struct msg_slew *: check_slew,					\
	struct msg_step *: check_step,					\
	struct msg_status *: check_status,				\
	struct msg_clock *: check_clock,				\
	struct msg_access *: check_access,				\
	struct msg_file *: check_file,					\
	struct msg_entry *: check_entry,				\
	struct msg_dump *: check_dump,					\
	struct msg_name *: check_name,					\
	struct msg_change *: check_change,				\
	struct msg_oneshot *: check_oneshot,				\
	struct msg_ask *: check_ask,					\
	struct msg_command *: msg_check_command,			\
	struct msg_report *: msg_check_report,				\
	struct msg_rule *: check_rule,					\
	struct msg_ruledone *: check_ruledone,				\
	struct msg_result *: check_result,				\
	struct msg_dnsask *: check_dnsask,				\
	struct msg_dnstell *: check_dnstell)

#define MSG_ROW(name, from, to, type, fd)				\
	[MSG_##name] = { #name, from, to, sizeof(type), fd },
static const struct msg_info msg_table[MSG_TYPE_COUNT] = {
	MSG_TABLE(MSG_ROW)
};
#undef MSG_ROW

#define MSG_ROW(name, from, to, type, fd)				\
	[MSG_##name] = MSG_CHECK(type),
static const msg_check_fn msg_checks[MSG_TYPE_COUNT] = {
	MSG_TABLE(MSG_ROW)
};
#undef MSG_ROW

const struct msg_info *
msg_get_info(uint32_t type)
{
	if (type == MSG_NONE || type >= MSG_TYPE_COUNT)
		return (NULL);
	return (&msg_table[type]);
}

const char *
msg_check(uint32_t type, enum role peer, enum role me, const void *payload,
    size_t len, int has_fd)
{
	const struct msg_info *info;

	if ((info = msg_get_info(type)) == NULL)
		return ("unknown type");
	if ((info->senders & ROLE_BIT(peer)) == 0)
		return ("wrong sender");
	if ((info->receivers & ROLE_BIT(me)) == 0)
		return ("wrong receiver");
	if (info->size != len)
		return ("wrong size");
	if (info->fd == MSG_FD && !has_fd)
		return ("descriptor missing");
	if (info->fd == MSG_NOFD && has_fd)
		return ("descriptor not wanted");
	return (msg_checks[type](type, payload));
}
