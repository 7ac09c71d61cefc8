/*
 * The state of the parent process, and its parts that are not modules of
 * their own: start.c, supervise.c, launch.c, reconf.c, handlers.c, main.c.
 */
#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "common/now.h"
#include "common/timens.h"
#include "ntpd/parent/added.h"
#include "ntpd/parent/activation.h"
#include "ntpd/parent/clock.h"
#include "ntpd/parent/dirs.h"
#include "ntpd/parent/dumps.h"
#include "ntpd/parent/fastpath.h"
#include "ntpd/parent/files.h"
#include "ntpd/parent/hosts.h"
#include "ntpd/parent/keystore.h"
#include "ntpd/parent/letters.h"
#include "ntpd/parent/listen.h"
#include "ntpd/parent/logfile.h"
#include "ntpd/parent/logsink.h"
#include "ntpd/parent/notify.h"
#include "ntpd/parent/options.h"
#include "ntpd/parent/pidlock.h"
#include "ntpd/parent/restore.h"
#include "ntpd/parent/rules.h"
#include "privsep/channel.h"
#include "privsep/messages.h"
#include "privsep/sandbox.h"

#ifndef RUNSTATEDIR
#define RUNSTATEDIR	"/run"
#endif

#define PARENT_RUN_DIR		RUNSTATEDIR "/ntpd"
#define PARENT_EMPTY_DIR	PARENT_RUN_DIR "/empty"
#define PARENT_PROCS		(MSG_INSTANCES + 6)
#define PARENT_PATHS		64
#define PARENT_RESERVED		1024	/* ports below need a right */
#define PARENT_SOCKETS		(2 * LISTEN_MAX)	/* old and new ones */

#define PARENT_FORGIVE_NS	(120 * 1000000000LL)
#define PARENT_BACKOFF_MAX_S	60
#define PARENT_PING_S		60	/* is the engine alive? */
#define PARENT_PINGS		2	/* unanswered: it is ended */
#define PARENT_LOOK_NS		(50 * NS_PER_MS) /* between CLOCK_LOOKs */
#define PARENT_START_DEATHS	3	/* before it ever was ready: give up */

struct event;
struct event_base;
struct conf;
struct conf_files;
struct parent;
struct reconf;

enum proc_state {
	PROC_IDLE,			/* not to run (any more) */
	PROC_BACKOFF,			/* waits to be started again */
	PROC_STARTING,			/* INIT_* are under way */
	PROC_READY,
	PROC_ENDING			/* channel closed, or it exited */
};

/* A child. */
struct proc {
	struct parent	*parent;
	enum role	 role;
	uint32_t	 instance;
	enum proc_state	 state;
	struct channel	*channel;	/* NULL: closed */
	int		 alive;		/* LAUNCH_EXITED did not come yet */
	int		 pid;
	int		 status;	/* of waitpid, when it has exited */
	int		 told_conf;	/* INIT_DONE was sent */
	int		 was_ready;	/* once, in whatever incarnation */
	int		 dismissed;	/* a reload does without it */
	int		 keyed;		/* it is the executable with keys */
	uint32_t	 owes_keys;	/* KEYS_DONE with this id; 0: none */
	int		 replaced;	/* ends, and is started again at once */
	uint32_t	 awaited;	/* sockets that are to come */
	unsigned	 deaths;	/* in a row; forgiven after a while */
	uint64_t	 restarts;
	int64_t		 started_ns;	/* MONOTONIC */
	struct event	*timer;		/* back-off, or waiting for its end */
};

struct parent_socket {
	struct msg_socket what;
	int		 failed;	/* errno of the launcher */
	uint16_t	 asked[MSG_INSTANCES];	/* answers that are to come,
					 * for each member of the group */
	/* of a reload that is under way: */
	int		 fresh;		/* made for it */
	uint32_t	 next_members;	/* so many and shared like this after */
	uint32_t	 next_prefix;	/* it; 0: as it is */
};

struct parent {
	const struct parent_hooks *hooks;
	struct options	 opt;
	struct conf	*conf;
	struct conf_files *conf_files;	/* how it was read */
	struct reconf	*reconf;	/* reading it again */
	struct event_base *base;
	struct logsink	 log;
	struct notify	 notify;
	struct pidlock	 pidlock;
	struct files	 files;
	struct logfile	 logfile;
	struct dumps	 dumps;
	struct restore	 restore;
	struct clock	 clock;
	int		 clock_is_open;
	uid_t		 uid;		/* of the children */
	gid_t		 gid;
	int		 is_root;
	int		 clock_none;
	uint32_t	 cores;
	uint32_t	 servers;	/* server processes; 0: nobody served */
	int		 reserved;	/* ports below 1024 can be had later */
	int		 control;	/* there is an ntpd-control */
	struct letters	 letters;	/* that ntpd-mail is to send */
	char		 exe_dir[DIRS_PATH_MAX];	/* of the children */
	char		 socket_dir[MSG_PATH_MAX];	/* "": no Unix one */
	int		 run_fd;	/* PARENT_RUN_DIR, -1 */
	int		 log_fd;	/* logdir, -1 */
	int		 page_rw;
	int		 page_ro;
	struct fastpath	 fastpath;	/* with `xdp' */
	int		 null_fd;
	int		 ready_fd;	/* who forked us waits here; -1 */
	char		 path_names[PARENT_PATHS][DIRS_PATH_MAX];
	struct sandbox_path paths[PARENT_PATHS];	/* to be written */
	size_t		 npaths;
	struct msg_drift drift;
	int		 drift_known;

	struct activation given;	/* sockets of the service manager */
	struct channel	*launcher;
	pid_t		 launcher_pid;
	struct parent_socket sockets[PARENT_SOCKETS];
	int		 nsockets;
	struct proc	 procs[PARENT_PROCS];
	int		 nprocs;
	uint64_t	 restarts;	/* of all children */
	uint64_t	 bad_messages;
	uint32_t	 ping_id;
	unsigned	 pings;		/* without an answer */
	int64_t		 syslog_asked_ns;
	int64_t		 looked_ns;	/* last CLOCK_LOOK */
	int64_t		 status_ns;	/* last STATUS= of the engine's */

	struct keystore	 keys;
	uint32_t	 rekey_command;	/* of control, that waits; 0: none */
	uint32_t	 rekey_serial;
	struct rules	 rules;		/* access rules of run time */
	struct added	 added;		/* sources of run time */
	struct hosts	 hosts;		/* names in access rules */
	struct event	*hosts_timer;
	struct event	*stop_timer;
	struct event	*timeout;	/* -t */
	struct event	*watchdog;
	struct event	*report;	/* denied system calls */
	int		 ready;		/* everybody was */
	int		 stopping;	/* 1: asked to leave, 2: killed */
	int		 status;	/* exit status */
	int		 synced;	/* as the engine says */
	int		 stepped;	/* -q: the clock was set */
};

/*
 * How the parts call each other upwards: launch.c < supervise.c < reconf.c <
 * handlers.c < main.c, start.c, which fills this in.
 */
struct parent_hooks {
	/* launch.c: sockets are made; give the rights up; start children */
	void	(*drop)(struct parent *p);
	void	(*start)(struct parent *p);
	void	(*stop)(struct parent *p, int status);
	void	(*socket)(struct parent *p, const struct msg_index *which,
		    int fd);
	/* a fresh one: its descriptor, or -1 and what->failed */
	void	(*fresh)(struct parent *p, struct parent_socket *what,
		    uint32_t member, int fd);
	void	(*started)(struct parent *p, const struct msg_started *m);
	void	(*exited)(struct parent *p, const struct msg_exited *m);
	/* supervise.c */
	const struct channel_handler *(*handlers)(enum role role);
	void	(*proc_ready)(struct parent *p, struct proc *proc);
	void	(*engine_gone)(struct parent *p);
	void	(*tell_hosts)(struct parent *p, const struct proc *proc);
	void	(*proc_gone)(struct parent *p, const struct proc *proc);
	void	(*ask_hosts)(struct parent *p);
	/* command.c */
	void	(*rekey)(struct parent *p, uint32_t id);
	void	(*serve)(struct parent *p, const struct msg_rule *rule);
	/* supervise.c */
	void	(*rekey_gone)(struct proc *proc);
	int	(*send_keys)(struct proc *proc, uint32_t id);
	void	(*gone)(struct parent *p, struct proc *proc);
	int	(*hold)(const struct parent *p);	/* start nobody now */
	/* clock.c: clock_params.lease_ended */
	void	(*lease_ended)(void *ctx, const struct msg_clock *c);
};

/* MONOTONIC */
static inline int64_t
parent_now_ns(void)
{
	return (now_read_ns(CLOCK_MONOTONIC));
}

/* ---- start.c: everything while the parent is root in full -------------- */
/* 0, or -1 when it cannot start (logged). */
int	start_prepare(struct parent *p);
/*
 * May the parent write in this directory once it has dropped its rights, as
 * far as the sandbox goes?
 */
int	start_may_write(const struct parent *p, const char *dir);
/* What a configuration lets the engine do to the clock. */
void	start_clock_policy(const struct conf *conf,
	    struct clockguard_policy *policy);
/* Which sockets a configuration wants, as listen_list(). */
int	start_list_sockets(const struct parent *p, const struct conf *conf,
	    uint32_t servers, int control, struct msg_socket *list);
/* How many server processes a configuration wants. */
uint32_t start_count_servers(const struct parent *p, const struct conf *conf);
/* Give the rights up and enter the sandbox; ends the process on failure. */
void	start_drop(struct parent *p);

/* ---- launch.c: the launcher -------------------------------------------- */
/* Fork, exec, send the list of sockets. 0 or -1 (logged). */
int	launch_start(struct parent *p);
/* Make a socketpair, as every channel has it. 0 or -1 with errno. */
int	launch_pair(int fds[2]);
/* Ask for a socket; the answer comes to supervise_socket(). */
void	launch_ask_socket(struct parent *p, int i, uint32_t member);

/* ---- supervise.c: the children ----------------------------------------- */
/* Timers. 0 or -1 (logged). */
int	supervise_init(struct parent *p);
/* Makes the table and starts them all. */
void	supervise_start(struct parent *p);
/* Starts one that runs only when there is something to do, if it idles. */
void	supervise_wake(struct parent *p, enum role role);
struct proc *supervise_find(struct parent *p, enum role role,
	    uint32_t instance);
void	supervise_started(struct parent *p, const struct msg_started *m);
void	supervise_exited(struct parent *p, const struct msg_exited *m);
/* A socket came (fd is taken), or could not be had (-1). */
void	supervise_socket(struct parent *p, const struct msg_index *which,
	    int fd);
/* End a child by force; it is started again. */
void	supervise_kill(struct proc *proc);
/* READY came from a child. */
void	supervise_ready(struct parent *p, struct proc *proc);
/*
 * So many children of a role are needed from now on: those that are not there
 * are started, others are asked to leave and not started again.
 */
void	supervise_want(struct parent *p, enum role role, uint32_t n);
/* Its name for the log: "control", "server 2". */
const char *supervise_name(const struct proc *proc, char *buf, size_t len);
#define PARENT_NAME_MAX	24
/* Leave, with this exit status; the first one counts. */
void	supervise_stop(struct parent *p, int status);
void	supervise_free(struct parent *p);

/* ---- rekey.c: symmetric keys ------------------------------------------- */
/* Before anybody is started. */
void	rekey_start(struct parent *p);
/* The keys of its role; id: of KEYS_DONE, 0: none. 0 or -1 with errno. */
int	rekey_send(struct proc *proc, uint32_t id);
/* next takes the place of p->keys, and is empty then. */
void	rekey_apply(struct parent *p, struct keystore *next);
/* Who needs keys but is the executable without them is started anew. */
void	rekey_replace(struct parent *p);
/* The command of an operator; it is answered when all have them. */
void	rekey_command(struct parent *p, uint32_t id);
void	rekey_done(struct proc *proc, const struct msg_keysdone *m);
void	rekey_proc_gone(struct proc *proc);

/* ---- command.c: what operators ask for through control ----------------- */
/* The answer to a command of control's with that id. */
void	command_answer(struct parent *p, uint32_t id,
	    enum candm_status status);
/* A command that is the parent's; control hears the answer. */
void	command_run(struct parent *p, const struct msg_command *m);
/* What the engine is about to do for an operator; no answer. */
void	command_operator(struct parent *p, const struct msg_command *m);
/* A child has started: it gets the access rules of run time. */
void	command_tell_rules(struct parent *p, const struct proc *proc);
/* A server has a rule, or is no more. */
void	command_rule_done(struct proc *proc,
	    const struct msg_ruledone *m);
void	command_proc_gone(struct parent *p, const struct proc *proc);
/* A server is ready: rules that wait for that are carried out. */
void	command_proc_ready(struct parent *p, const struct proc *proc);
/* The reload that was to start servers is over. */
void	command_served(struct parent *p);

/* ---- reconf.c: the configuration, again -------------------------------- */
/* 0 or -1 (logged). */
int	reconf_init(struct parent *p);
void	reconf_free(struct parent *p);
/*
 * Read it again, now or as soon as what is under way is done.  By whom: the
 * id of control's RELOAD_ASK, or NULL: nobody waits for an answer.
 */
void	reconf_request(struct parent *p, enum reload_kind kind,
	    const uint32_t *id);
/*
 * Nobody is served, and an operator says allow: the configuration as it is,
 * with this rule, becomes the one that counts, which starts the servers.
 */
void	reconf_serve(struct parent *p, const struct msg_rule *rule);
void	reconf_answer(struct proc *proc, const struct msg_reloadanswer *m);
/* parent_hooks: fresh, gone, hold */
void	reconf_socket(struct parent *p, struct parent_socket *what,
	    uint32_t member, int fd);
void	reconf_gone(struct parent *p, struct proc *proc);
int	reconf_holds(const struct parent *p);

/* ---- handlers.c: what children ask for --------------------------------- */
const struct channel_handler *handlers_of(enum role role);
/* A child is there: what it is told or asked first. */
void	handlers_proc_ready(struct parent *p, struct proc *proc);
void	handlers_engine_gone(struct parent *p);
/* All logs that are files were renamed: open them anew. */
void	handlers_cycle(struct parent *p);
/* clock_params.lease_ended */
void	handlers_lease_ended(void *ctx, const struct msg_clock *c);
/* dns is there: ask it for the names of access rules, now or when due. */
void	handlers_ask_hosts(struct parent *p);
/* A server or control is there: tell it names and rules that are known. */
void	handlers_tell_hosts(struct parent *p, const struct proc *proc);
/* Health: asks the engine for a sign of life. */
void	handlers_ping(struct parent *p);
/* Pure: an error as text, `1.2 ms'; returns buf. */
char	*handlers_format_error(double s, char *buf, size_t len);

#endif
