/* How every unit test program ends. */
#include <check.h>

#include "regress/unit/unit.h"

int
unit_run(Suite *suite)
{
	SRunner	*runner = srunner_create(suite);
	int	 failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? 0 : 1);
}
