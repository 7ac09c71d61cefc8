/*
 * The command protocol: headers, and which body goes with them.  Used by
 * ntpd-control and ntpctl; must never trust a length that it is given.
 */
#include "common/candm.h"

#include <sys/endian.h>

#include <string.h>

#include "common/candm_field.h"

const struct candm_info *
candm_get_info(uint16_t command)
{
	return (candm_requests_info(command));
}

uint16_t
candm_reply_number(uint16_t command, size_t len)
{
	return (candm_requests_number(command, len));
}

int
candm_request_parse(const uint8_t *buf, size_t len, struct candm_request *r)
{
	memset(r, 0, sizeof(*r));
	if (len < CANDM_REQUEST_HEADER)
		return (-1);
	r->version = buf[0];
	r->type = buf[1];
	r->res1 = buf[2];
	r->res2 = buf[3];
	r->command = be16dec(buf + 4);
	r->attempt = be16dec(buf + 6);
	r->sequence = be32dec(buf + 8);
	return (0);
}

enum candm_status
candm_request_parse_body(const uint8_t *buf, size_t len,
    struct candm_request *r)
{
	return (candm_field_get(candm_requests_find(r->command), buf, len,
	    &r->body));
}

size_t
candm_request_build(const struct candm_request *r, uint8_t *buf)
{
	const struct candm_info	*info;

	if ((info = candm_get_info(r->command)) == NULL)
		return (0);
	memset(buf, 0, info->len);
	buf[0] = CANDM_VERSION;
	buf[1] = CANDM_TYPE_REQUEST;
	be16enc(buf + 4, r->command);
	be16enc(buf + 6, r->attempt);
	be32enc(buf + 8, r->sequence);
	candm_field_put(candm_requests_find(r->command), buf, &r->body);
	return (info->len);
}

int
candm_reply_parse(const uint8_t *buf, size_t len, struct candm_reply *r)
{
	memset(r, 0, sizeof(*r));
	if (len < CANDM_REPLY_HEADER || buf[1] != CANDM_TYPE_REPLY ||
	    buf[2] != 0 || buf[3] != 0)
		return (-1);
	r->version = buf[0];
	r->type = buf[1];
	r->command = be16dec(buf + 4);
	r->number = be16dec(buf + 6);
	r->status = be16dec(buf + 8);
	r->sequence = be32dec(buf + 16);
	if (r->version != CANDM_VERSION)
		return (r->status == CANDM_STT_BADPKTVERSION ? 0 : -1);
	if (candm_field_get(candm_replies_find(r->number), buf, len,
	    &r->body) != CANDM_STT_SUCCESS)
		return (-1);
	return (0);
}

size_t
candm_reply_build(const struct candm_reply *r, uint8_t *buf)
{
	const struct candm_layout	*layout;
	size_t				 len;

	layout = candm_replies_find(r->number);
	len = layout != NULL ? layout->len : CANDM_REPLY_HEADER;
	memset(buf, 0, len);
	buf[0] = CANDM_VERSION;
	buf[1] = CANDM_TYPE_REPLY;
	be16enc(buf + 4, r->command);
	be16enc(buf + 6, r->number);
	be16enc(buf + 8, r->status);
	be32enc(buf + 16, r->sequence);
	candm_field_put(layout, buf, &r->body);
	return (len);
}
