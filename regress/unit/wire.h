/* Bytes of messages in tests: big-endian numbers and hex. */
#ifndef REGRESS_UNIT_WIRE_H
#define REGRESS_UNIT_WIRE_H

#include <stddef.h>
#include <stdint.h>

uint32_t be32(const uint8_t *p);
unsigned be16(const uint8_t *p);
/* The 32-bit float of the command protocol. */
double	real(const uint8_t *p);
void	set32(uint8_t *p, uint32_t v);
/*
 * Hex digits; "(12)" are twelve bytes of zero.  The rest is zeros too.
 * Returns how many bytes the text has.
 */
size_t	unhex(const char *text, uint8_t *buf, size_t len);

#endif
