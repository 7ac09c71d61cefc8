/*
 * From what the sources say together to what is asked of the clock, and the
 * figures of `tracking'.  Pure.
 */
#ifndef ENGINE_DISCIPLINE_H
#define ENGINE_DISCIPLINE_H

#include <stdint.h>

#include "privsep/messages.h"

/*
 * The bound has so many sigmas of the estimate, beside half of the delay,
 * which alone holds whatever is asymmetric.  With 2.5 one random run in 200
 * has it wrong, with 2 more.
 */
#define DISCIPLINE_SIGMAS	3.0

struct clockmodel;
struct select_result;

struct conf;

struct discipline_conf {
	double		makestep_s;
	int32_t		makestep_limit;	/* < 0: always */
	double		maxupdateskew_ppm;
	double		maxslewrate_ppm;
	double		maxdrift_ppm;
	double		hold_rate;	/* maxclockerror, s/s */
	int		hold_always;	/* the user says so: between samples
					 * that come in time, too */
	double		corrtimeratio;	/* 0: as fast as is good */
	double		maxchange_s;
	int32_t		maxchange_start; /* < 0: no such limit */
	int32_t		maxchange_ignore; /* < 0: never give up */
};

struct discipline {
	struct discipline_conf conf;
	uint32_t	updates;	/* of the clock so far */
	int		synced;
	int64_t		ref_raw_ns;	/* last update */
	int64_t		ref_time_ns;	/* true time of it, as it seemed then */
	int64_t		y_ns;		/* true - raw, at ref_raw_ns */
	double		freq;		/* d y/d raw */
	double		skew;		/* its sd, s/s */
	double		var_s2;		/* of y, there */
	double		last_offset_s;
	double		rms_offset_s;
	int		rms_moving;	/* it is an average by now */
	double		resid_freq;	/* last change of freq, s/s */
	double		interval_s;	/* between the last two updates */
	double		root_delay_s;
	double		root_disp_s;	/* there; grows by disp_rate */
	double		disp_rate;	/* s/s, until late_raw_ns */
	double		late_rate;	/* s/s, from then on */
	int64_t		late_raw_ns;	/* the next sample is overdue */
	double		doubt_s;	/* what the first exchange may be off;
					 * set by the caller, 0: nothing */
	double		grow_s;		/* sd that y gains until the next
					 * sample; set by the caller */
	int32_t		changes;	/* updates that maxchange still allows
					 * anything */
	int32_t		ignored;	/* by maxchange so far */
	uint32_t	refid;
	struct addr	addr;
	uint8_t		leap;
	uint8_t		stratum;	/* ours: reference's + 1 */
};

enum discipline_act {
	DISCIPLINE_NONE,		/* maxchange: ignore this update */
	DISCIPLINE_SLEW,
	DISCIPLINE_STEP,
	DISCIPLINE_GIVE_UP		/* maxchange: end the daemon */
};

struct discipline_request {
	enum discipline_act	act;
	struct msg_slew		slew;	/* id is the caller's to fill */
	struct msg_step		step;
	double			offset_s;	/* what it corrects */
};

/* freq: d y/d raw known beforehand; skew: its sd. */
void	discipline_init(struct discipline *d,
	    const struct discipline_conf *conf, double freq, double skew);
/* What the configuration says of it. */
void	discipline_settings(const struct conf *conf,
	    struct discipline_conf *dc);
/* What is different in `is' counts from now on, the rest stays as it is. */
void	discipline_change(struct discipline *d,
	    const struct discipline_conf *was,
	    const struct discipline_conf *is);
/*
 * Go on where another engine ended: true - raw is y_ns at raw_ns and grows by
 * freq (s/s).  What it was synchronised to is the caller's to fill in.
 */
void	discipline_resume(struct discipline *d, int64_t raw_ns, int64_t y_ns,
	    double freq, double root_disp_s, double disp_rate);
/*
 * New combined estimate at raw_ns, offset from the steered clock whose
 * reading minus raw is steer_ns.  interval_s: until the next sample.
 * Fills what to ask of the clock.
 */
void	discipline_update(struct discipline *d, const struct clockmodel *m,
	    const struct select_result *r, int64_t raw_ns, int64_t steer_ns,
	    double interval_s, struct discipline_request *req);
/* Correct what is known to be wrong now, without a new estimate. */
void	discipline_correct(struct discipline *d, const struct clockmodel *m,
	    int64_t raw_ns, int64_t steer_ns, double interval_s, int step,
	    struct discipline_request *req);
/* Does `makestep' let the clock be stepped by that now? */
int	discipline_may_step(const struct discipline *d,
	    const struct clockmodel *m, double offset_s);
/*
 * A lease has ended: is what it left (a late timer at a high rate) worth
 * another one?
 */
int	discipline_is_off(const struct discipline *d, int64_t raw_ns,
	    int64_t steer_ns);
/* True - raw as last estimated, carried forward to raw_ns. */
int64_t	discipline_y_ns(const struct discipline *d, int64_t raw_ns);
/* The frequency to ask for, ppm: that of the estimate, within maxdrift. */
double	discipline_base_ppm(const struct discipline *d);
/* Root dispersion now, s. */
double	discipline_root_disp(const struct discipline *d, int64_t raw_ns);
/*
 * Something says at raw_ns that the clock may be wrong by error_s: the bound,
 * with half of the root delay, is that at least.
 */
void	discipline_doubt(struct discipline *d, int64_t raw_ns, double error_s);
/*
 * The raw clock jumped against time by shift_ns (suspend, leap second), give or
 * take error_s: the bound says so from now on.
 */
void	discipline_disturb(struct discipline *d, int64_t shift_ns,
	    double error_s);

#endif
