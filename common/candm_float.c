/*
 * The 32-bit floats of the command protocol.  Used by ntpd-control and ntpctl;
 * pure.
 */
#include <math.h>

#include "common/candm.h"

#define FLOAT_COEF_BITS	25
#define FLOAT_EXP_MAX	63
#define FLOAT_EXP_MIN	(-64)
#define FLOAT_COEF_MAX	((1 << (FLOAT_COEF_BITS - 1)) - 1)

uint32_t
candm_float_encode(double x)
{
	double	 fraction, size = fabs(x);
	int	 negative = x < 0, exponent;
	int32_t	 coef;

	if (!(size >= 1e-100))		/* NaN too */
		return (0);
	if (size > 1e100) {
		exponent = FLOAT_EXP_MAX + 1;
		coef = 0;
	} else {
		/* chrony's choice: log2 of it plus 1, towards zero */
		fraction = frexp(size, &exponent);
		if (exponent < 0 && fraction > 0.5)
			exponent++;
		coef = ldexp(size, FLOAT_COEF_BITS - exponent) + 0.5;
		while (coef > FLOAT_COEF_MAX + negative) {
			coef >>= 1;
			exponent++;
		}
	}
	if (exponent > FLOAT_EXP_MAX) {
		exponent = FLOAT_EXP_MAX;
		coef = FLOAT_COEF_MAX + negative;
	} else if (exponent < FLOAT_EXP_MIN) {
		if (exponent < FLOAT_EXP_MIN - FLOAT_COEF_BITS)
			return (0);
		coef >>= FLOAT_EXP_MIN - exponent;
		exponent = FLOAT_EXP_MIN;
	}
	if (negative)
		coef = -coef;
	return ((uint32_t)exponent << FLOAT_COEF_BITS |
	    ((uint32_t)coef & ((1u << FLOAT_COEF_BITS) - 1)));
}

double
candm_float_decode(uint32_t f)
{
	int32_t	 exponent = f >> FLOAT_COEF_BITS;
	int32_t	 coef = f & ((1u << FLOAT_COEF_BITS) - 1);

	if (exponent > FLOAT_EXP_MAX)
		exponent -= 2 * (FLOAT_EXP_MAX + 1);
	if (coef > FLOAT_COEF_MAX)
		coef -= 2 * (FLOAT_COEF_MAX + 1);
	return (ldexp(coef, exponent - FLOAT_COEF_BITS));
}
