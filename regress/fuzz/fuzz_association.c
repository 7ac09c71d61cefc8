/*
 * Any bytes as the reply to a request of the engine: an association must stay
 * in its ranges whatever a server says.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/association.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good)
{
	if (!good)
		abort();
}

static void
check(const struct association *a, int64_t raw_ns)
{
	struct estimate est;

	must(a->poll_log2 >= a->conf.minpoll_log2 &&
	    a->poll_log2 <= a->conf.maxpoll_log2);
	must(a->conf.minpoll_log2 >= 6 && a->conf.maxpoll_log2 <= 10);
	must(a->next_raw_ns > raw_ns - NS_PER_SEC);
	if (estimator_predict(&a->est, raw_ns, 64, &est) == -1)
		return;
	must(isfinite(est.freq) && isfinite(est.var_y) && est.var_y >= 0);
	must(isfinite(association_root_distance(a, raw_ns)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assoc_conf conf;
	struct association a;
	struct assoc_packet p;
	struct addr addr;
	uint8_t buf[256], request[NTP_HEADER_LEN];
	uint64_t rnd[2];
	int64_t now = 100 * NS_PER_SEC;
	size_t n;

	if (len == 0)
		return (0);
	memset(&conf, 0, sizeof(conf));
	conf.minpoll_log2 = 6;
	conf.maxpoll_log2 = 10;
	conf.version = 4;
	conf.iburst = conf.online = 1;
	/* the input chooses its options, too */
	conf.presend_log2 = data[0] & 1 ? 6 : 100;
	conf.burst = (data[0] & 2) != 0;
	conf.filter = data[0] & 4 ? 3 : 0;
	conf.maxdelayquant = data[0] & 8 ? 0.5 : 0;
	conf.maxdelay_s = 3;
	conf.maxdelayratio = data[0] & 16 ? 2 : 0;
	conf.maxdelaydevratio = 10;
	memset(&addr, 0, sizeof(addr));
	addr.family = ADDR_INET;
	association_init(&a, &addr, &conf, now, 0, 1e-4);
	memset(&p, 0, sizeof(p));
	rnd[0] = 0x1122334455667788ULL;
	while (len > 1) {
		rnd[0]++;
		rnd[1] = data[0];
		now = a.next_raw_ns;
		if (now > INT64_MAX / 2)
			return (0);
		must(association_tick(&a, now, rnd, request) ==
		    NTP_HEADER_LEN);
		n = data[0] % 64;
		data++;
		len--;
		if (n > len)
			n = len;
		memset(buf, 0, sizeof(buf));
		memcpy(buf, data, n);
		/* most of the time the server echoes what it must */
		if (rnd[1] % 8 != 0)
			memcpy(buf + 24, request + 40, 8);
		data += n;
		len -= n;
		p.buf = buf;
		p.len = rnd[1] % 16 == 3 ? n : NTP_HEADER_LEN;
		p.rx_raw_ns = now + (int64_t)rnd[1] * NS_PER_MS;
		p.now_true_ns = 1700000000LL * NS_PER_SEC + now;
		p.steered_ns = 1700000000LL * NS_PER_SEC;
		p.precision_s = 1e-7;
		association_receive(&a, &p);
		check(&a, p.rx_raw_ns);
	}
	return (0);
}
