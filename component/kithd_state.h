/* kithd at work, as its files share it: kithd.c has the loop, kithd_conf.c takes another conf over,
 * kithd_store.c opens the store and looks after it, kithd_clock.c has the time. Nobody else
 * includes this. */
#ifndef KITH_KITHD_STATE_H
#define KITH_KITHD_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "component/clock.h"

struct fair;
struct fanout;
struct link;
struct settings;
struct store;
struct turn;

struct kithd {
	const char *conf;
	struct settings *settings;
	struct store *store;
	struct turn *turn;
	struct fanout *fanout;
	struct link *link;
	struct fair *fair;
	int epoll_fd, signal_fd;
	unsigned stanzas;		      /* of this turn */
	int64_t turn_us, now_us;	      /* when it began to read, and the time; monotonic */
	int64_t look_ms, expire_ms, alive_ms; /* when next; monotonic */
	int64_t rest_ms;		      /* no own work until then */
	struct clock clock;		      /* what time it is, in seconds UTC */
	int64_t old_s;			      /* clock_old(), as stored */
	struct log_budget clock_lines;
	const char *trouble;		      /* with the store, as last seen; NULL none */
	int64_t mend_ms;		      /* no look at it until then */
	int64_t watchdog_ms;		      /* 0: nobody watches */
	bool is_stopping, has_failed;
};

/* Tells the service manager whether there is a server, and what is the matter with the store. */
void kithd_show_status(const struct kithd *kithd);
/* What has come: to stop, or to read the conf again. */
void kithd_read_signals(struct kithd *kithd);

/* SIGHUP. While the store is another's, nothing uses the conf yet. */
void kithd_reload(struct kithd *kithd);
/* The server doesn't know the secret. It may have been rotated, here or there: then the next
 * attempt has it. */
void kithd_read_secret_again(struct kithd *kithd);

/* Opens the store. Where another kithd works on it, this one stands by until it ends, and has no
 * stream at the server meanwhile: that would take the other's place. So it does where a full disk
 * or another program's lock is all that is the matter. 0, also where it was asked to stop; -1: it
 * can't be opened (logged). */
int kithd_open_store(struct kithd *kithd);
/* Looks after the store, between turns, where something is the matter with it. */
void kithd_mend_store(struct kithd *kithd, int64_t now_ms);

/* Begins with what the store, which is open, knows of the time. -1: it failed. */
int kithd_begin_clock(struct kithd *kithd);
/* Each turn: looks at the machine's clock, and says where it isn't followed. */
void kithd_look_at_clock(struct kithd *kithd);
/* Within a turn, each minute: puts right what a clock that was wrong had stored, and stores what
 * time it is now and then. -1: the store failed. */
int kithd_keep_time(struct kithd *kithd);

#endif
