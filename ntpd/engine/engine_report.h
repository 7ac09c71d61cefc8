/*
 * Answers to control: the reports of common/report.h from the engine's state.
 * Pure.
 */
#ifndef ENGINE_ENGINE_REPORT_H
#define ENGINE_ENGINE_REPORT_H

#include "ntpd/engine/engine_state.h"

/* A message of control: ASK_* or DO_*. Answered through ops.to_control. */
void	engine_report_answer(struct engine *e, const struct clock_pair *now,
	    enum msg_type type, const void *payload);

#endif
