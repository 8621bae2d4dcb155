/* kithd at work: one process, and one thread that waits for the link, signals and the clock, and
 * does it turn by turn (design: section 5). Others only wait for what can't be waited for here: a
 * name (lookup.h), and the disk that the log is copied to (db_checkpoint.h). */
#include "component/kithd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "config.h"

#include "common/buffer.h"
#include "common/log.h"
#include "common/monotonic.h"
#include "component/dormant.h"
#include "component/fair.h"
#include "component/fanout.h"
#include "component/kithd_state.h"
#include "component/link.h"
#include "component/presence.h"
#include "component/server.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/supervisor.h"
#include "component/turn.h"

/* A turn ends at the first of these, though more may have come. */
#define TURN_STANZAS 256
#define TURN_MS 20

#define CARDS_US 5000	   /* of a turn, for the fan-out beside people's requests */
#define ASIDE_US 5000	   /* of a turn, for what was put aside, before it is looked what came */
#define ASIDE_WAIT_MS 10   /* between looks whether some of it may go by now */
#define LOOK_MS 5000	   /* between looks at what another process may have stored */
#define REST_MS 1000	   /* after the store failed, before it is asked for own work again */
#define EXPIRE_MS 60000	   /* between drops of what is too old */
#define EXPIRE_MORE_MS 200 /* while there is more to drop */
#define EXPIRE_ROWS 500	   /* a drop */
#define WALK_ROOM 65536	   /* bytes that the link must have free for a step of the walk */
#define DAY_S 86400

void kithd_show_status(const struct kithd *kithd)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%s%s",
		link_is_up(kithd->link) ? "attached to the server" : "waiting for the server",
		kithd->trouble ? "; the store: " : "", kithd->trouble ? kithd->trouble : "");
	supervisor_status(text);
}

/* ---- What the link tells ---- */

static void on_up(void *context)
{
	struct kithd *kithd = context;

	fanout_up(kithd->fanout);
	kithd->expire_ms = 0; /* summaries and questions may have waited for the server */
	server_up(turn_service(kithd->turn)->server, monotonic_ms());
	presence_up(turn_service(kithd->turn), clock_now(&kithd->clock));
	kithd_show_status(kithd);
}

static void on_down(void *context)
{
	struct kithd *kithd = context;

	fair_clear(kithd->fair);
	fanout_down(kithd->fanout);
	server_down(turn_service(kithd->turn)->server);
	presence_down(turn_service(kithd->turn));
	kithd_show_status(kithd);
}

/* What it took is since the last one: with its reading. */
static void charge(struct kithd *kithd, const struct xml *stanza)
{
	int64_t began_us = kithd->now_us;

	kithd->stanzas++;
	kithd->now_us = monotonic_us();
	fair_charge(kithd->fair, stanza, kithd->now_us - began_us, kithd->now_us);
}

static void handle(struct kithd *kithd, const struct xml *stanza)
{
	turn_stanza(kithd->turn, stanza, clock_now(&kithd->clock));
	charge(kithd, stanza);
}

static void on_stanza(void *context, const struct xml *stanza)
{
	struct kithd *kithd = context;
	enum fair_verdict verdict;
	const struct xml *first;

	fanout_seen(kithd->fanout, stanza);
	while ((verdict = fair_admit(kithd->fair, stanza, kithd->now_us)) == FAIR_ALONE &&
		(first = fair_next(kithd->fair, true, kithd->now_us)))
		handle(kithd, first);
	switch (verdict) {
	case FAIR_NOW:
		handle(kithd, stanza);
		break;
	case FAIR_LATER:
		charge(kithd, stanza);
		break;
	case FAIR_ALONE:
	case FAIR_FULL:
		turn_refuse(kithd->turn, stanza);
		charge(kithd, stanza);
		break;
	}
}

static void on_oversized(void *context, const struct xml *stanza, const char *reason)
{
	struct kithd *kithd = context;

	turn_oversized(kithd->turn, stanza, reason);
	charge(kithd, stanza);
}

/* While something is the matter with the store, a stanza that fails is not to fail others with it:
 * reading goes on where the disk is full. */
static bool has_its_stanzas(const struct kithd *kithd)
{
	return kithd->stanzas >= (store_trouble(kithd->store) ? 1 : TURN_STANZAS);
}

/* The caps of a turn: what has come beyond them waits in the link, and the rest at the server. */
static bool on_is_full(void *context)
{
	const struct kithd *kithd = context;

	return has_its_stanzas(kithd) ||
	       kithd->now_us - kithd->turn_us >= (int64_t)TURN_MS * 1000 ||
	       turn_output(kithd->turn)->len >= link_room(kithd->link);
}

static void on_unauthorized(void *context)
{
	kithd_read_secret_again(context);
}

static bool on_answer(void *context, const struct xml *stanza)
{
	struct kithd *kithd = context;

	return link_answer(kithd->link, stanza) ||
	       fanout_answer(kithd->fanout, stanza, monotonic_ms());
}

/* ---- A turn ---- */

static void send_output(struct kithd *kithd)
{
	const struct buffer *output = turn_output(kithd->turn);

	link_send(kithd->link, output->data, output->len, monotonic_ms());
	turn_sent(kithd->turn);
}

/* When probes are due; -1: none are, or not before the link has room for them. */
static int64_t walk_wait_ms(const struct kithd *kithd, int64_t now_ms)
{
	if (link_room(kithd->link) < WALK_ROOM)
		return -1;
	return presence_walk_wait_ms(turn_service(kithd->turn), now_ms);
}

/* What no stanza asked for, within the turn. -1: the store failed. */
static int do_own_work(struct kithd *kithd, int64_t now_ms)
{
	int64_t now = clock_now(&kithd->clock), old = clock_old(&kithd->clock);
	bool is_due = now_ms >= kithd->expire_ms;
	bool is_walking = walk_wait_ms(kithd, now_ms) == 0;
	bool more = false, more_matters = false, more_summaries = false, more_asleep = false;
	bool more_questions = false, more_proposals = false;

	/* What was asked for may have started a run, and so may kithctl. */
	if (kithd->stanzas > 0 || now_ms >= kithd->look_ms) {
		fanout_wake(kithd->fanout);
		kithd->look_ms = now_ms + LOOK_MS;
	}
	if (!is_due && !is_walking && !fanout_has_work(kithd->fanout))
		return 0;
	if (turn_begin(kithd->turn) || fanout_cards(kithd->fanout, now, old, CARDS_US) ||
		(is_walking && presence_walk_step(turn_service(kithd->turn), now_ms)))
		return -1;
	if (!is_due)
		return 0;
	kithd->expire_ms = now_ms + EXPIRE_MS;
	if (kithd_keep_time(kithd) ||
		store_expire(kithd->store, old - (int64_t)kithd->settings->limits.keep_days * DAY_S,
			EXPIRE_ROWS, &more) != STORE_OK ||
		store_matter_expire(kithd->store, old, EXPIRE_ROWS, &more_matters) != STORE_OK ||
		fanout_summaries(kithd->fanout, now, &more_summaries) ||
		fanout_questions(kithd->fanout, now, &more_questions) ||
		fanout_proposals(kithd->fanout, now, &more_proposals) ||
		dormant_sweep(&turn_service(kithd->turn)->rules, old, now, &more_asleep))
		return -1;
	if (more || more_matters || more_summaries || more_asleep || more_questions ||
		more_proposals)
		kithd->expire_ms = now_ms + EXPIRE_MORE_MS;
	return 0;
}

static void commit(struct kithd *kithd)
{
	if (turn_end(kithd->turn)) {
		fanout_wake(kithd->fanout);
		kithd->rest_ms = monotonic_ms() + REST_MS;
	}
	send_output(kithd);
}

static void end_turn(struct kithd *kithd)
{
	/* Where there is nothing to wait for the disk for, answers don't wait for own work either.
	 */
	if (!store_has_changes(kithd->store))
		commit(kithd);
	if (monotonic_ms() >= kithd->rest_ms && do_own_work(kithd, monotonic_ms()))
		turn_break(kithd->turn);
	commit(kithd);
	if (monotonic_ms() >= kithd->rest_ms &&
		fanout_pushes(kithd->fanout, monotonic_ms(), link_room(kithd->link)))
		kithd->rest_ms = monotonic_ms() + REST_MS;
	if (server_tick(
		    turn_service(kithd->turn)->server, turn_service(kithd->turn), monotonic_ms()))
		link_set_settings(kithd->link, kithd->settings, true, monotonic_ms());
	/* A push that couldn't be written, or the ping behind it, comes with the next stream. */
	if (turn_output(kithd->turn)->failed)
		link_break(kithd->link, "no memory for what is to be sent", monotonic_ms());
	send_output(kithd);
	kithd_mend_store(kithd, monotonic_ms());
	kithd->stanzas = 0;
}

/* ---- Signals ---- */

void kithd_read_signals(struct kithd *kithd)
{
	struct signalfd_siginfo info;

	while (read(kithd->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (kithd->is_stopping)
			continue;
		if (info.ssi_signo == SIGHUP) {
			kithd_reload(kithd);
			continue;
		}
		log_info("kithd: asked to stop");
		supervisor_stopping();
		kithd->is_stopping = true;
	}
}

/* ---- The loop ---- */

/* Nothing waits to be sent. */
static bool is_sent(const struct kithd *kithd)
{
	return link_room(kithd->link) == kithd->settings->limits.queue_bytes;
}

static int wait_ms(const struct kithd *kithd, int64_t now_ms)
{
	int64_t until = kithd->look_ms < kithd->expire_ms ? kithd->look_ms : kithd->expire_ms;
	int64_t link_ms = link_wait_ms(kithd->link, now_ms);
	int64_t server_ms = server_wait_ms(turn_service(kithd->turn)->server, now_ms);
	int64_t walk_ms = walk_wait_ms(kithd, now_ms);

	if (walk_ms >= 0 && now_ms + walk_ms < until)
		until = now_ms + walk_ms;
	if (until < kithd->rest_ms || fanout_has_work(kithd->fanout))
		until = kithd->rest_ms;
	if (kithd->watchdog_ms && kithd->alive_ms < until)
		until = kithd->alive_ms;
	if (kithd->trouble && kithd->mend_ms < until)
		until = kithd->mend_ms;
	until -= now_ms;
	if (fair_has_any(kithd->fair) && is_sent(kithd))
		return 0;
	if (fair_has_any(kithd->fair) && link_room(kithd->link) > 0 && until > ASIDE_WAIT_MS)
		until = ASIDE_WAIT_MS;
	if (link_ms >= 0 && link_ms < until)
		until = link_ms;
	if (server_ms >= 0 && server_ms < until)
		until = server_ms;
	return until > 0 ? (int)until : 0;
}

/* Reads on while there is more, up to the caps of a turn. True: there is more. */
static bool read_link(struct kithd *kithd, uint32_t events)
{
	bool has_more;

	kithd->turn_us = kithd->now_us = monotonic_us();
	while ((has_more = link_handle(kithd->link, events, kithd->now_us / 1000)) &&
		!on_is_full(kithd))
		events = EPOLLIN;
	return has_more;
}

/* Handles what was put aside; has_more: there is more to read. */
static void handle_aside(struct kithd *kithd, bool has_more)
{
	bool is_idle = !has_more && is_sent(kithd);
	int64_t began_us = kithd->now_us = monotonic_us();
	const struct xml *stanza;

	while (kithd->now_us - began_us < ASIDE_US && !has_its_stanzas(kithd) &&
		turn_output(kithd->turn)->len < link_room(kithd->link) &&
		(stanza = fair_next(kithd->fair, is_idle, kithd->now_us)))
		handle(kithd, stanza);
}

static void run(struct kithd *kithd)
{
	while (!link_is_closed(kithd->link)) {
		struct epoll_event events[2];
		int count = epoll_wait(kithd->epoll_fd, events, 2, wait_ms(kithd, monotonic_ms()));
		uint32_t of_link = 0;

		kithd_look_at_clock(kithd);
		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr == kithd->link)
				of_link = events[i].events;
			else
				kithd_read_signals(kithd);
		}
		handle_aside(kithd, read_link(kithd, of_link));
		link_tick(kithd->link, monotonic_ms());
		end_turn(kithd);
		if (kithd->is_stopping && !link_is_closing(kithd->link))
			link_close(kithd->link, monotonic_ms());
		if (kithd->watchdog_ms && monotonic_ms() >= kithd->alive_ms) {
			supervisor_alive();
			kithd->alive_ms = monotonic_ms() + kithd->watchdog_ms;
		}
	}
}

/* ---- Beginning and end ---- */

static int open_signals(struct kithd *kithd)
{
	struct epoll_event event = {.events = EPOLLIN};
	sigset_t set;

	signal(SIGPIPE, SIG_IGN); /* who reads the log may go, and kithd stays */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	kithd->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	kithd->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (kithd->signal_fd < 0 || kithd->epoll_fd < 0)
		return -1;
	return epoll_ctl(kithd->epoll_fd, EPOLL_CTL_ADD, kithd->signal_fd, &event);
}

static int open_parts(struct kithd *kithd)
{
	static const struct link_events events = {
		on_up, on_down, on_stanza, on_oversized, on_is_full, on_unauthorized};

	if (open_signals(kithd)) {
		log_error("kithd: %s", strerror(errno));
		return -1;
	}
	if (kithd_open_store(kithd))
		return -1;
	if (kithd->is_stopping)
		return 0;
	if (kithd_begin_clock(kithd))
		return -1;
	kithd->turn = turn_new(kithd->store, kithd->settings, on_answer, kithd);
	if (!kithd->turn)
		return -1;
	kithd->fanout = fanout_new(turn_service(kithd->turn));
	kithd->fair = fair_new();
	kithd->link = link_new(kithd->epoll_fd, kithd->settings, &events, kithd);
	if (!kithd->fanout || !kithd->fair || !kithd->link) {
		log_error("kithd: no memory");
		return -1;
	}
	return 0;
}

static void close_parts(struct kithd *kithd)
{
	link_free(kithd->link);
	fair_free(kithd->fair);
	fanout_free(kithd->fanout);
	turn_free(kithd->turn);
	store_close(kithd->store);
	if (kithd->epoll_fd >= 0)
		close(kithd->epoll_fd);
	if (kithd->signal_fd >= 0)
		close(kithd->signal_fd);
}

int kithd_run(const char *conf, struct settings *settings)
{
	struct kithd kithd = {.conf = conf, .settings = settings, .epoll_fd = -1, .signal_fd = -1};
	int result;

	if (geteuid() == 0)
		log_warn("kithd: runs as root, and needs no right of root's");
	kithd.watchdog_ms = supervisor_watchdog_ms();
	result = open_parts(&kithd);
	if (result == 0 && !kithd.is_stopping) {
		log_info("kithd: %s, store %s", PACKAGE_VERSION, kithd.settings->store_path);
		kithd_show_status(&kithd);
		supervisor_ready();
		run(&kithd);
		result = kithd.has_failed ? -1 : 0;
	}
	close_parts(&kithd);
	settings_free(kithd.settings);
	return result;
}
