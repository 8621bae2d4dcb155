/* The client object, as the modules of the library see it: who we are, where the service is,
 * requests with their answers, and the events for the host. */
#ifndef KITH_CLIENT_H
#define KITH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/book.h"
#include "plugin/event.h"
#include "plugin/kith.h"
#include "plugin/state.h"

struct arena;
struct job;
struct request;
struct question;
struct sync;
struct chats;
struct xml;

/* Where the client is on its way to a service. */
enum client_phase {
	CLIENT_OFFLINE,
	CLIENT_FINDING, /* XEP-0030 under way */
	CLIENT_READY,	/* service is set */
	CLIENT_ALONE,	/* online, and there is no service */
};

struct kith {
	struct kith_host host;
	void *context;
	char *jid;	     /* bare, prepared */
	char *domain;	     /* of jid */
	char *region;	     /* "" none */
	char *name;	     /* for a profile that begins; NULL: the local part */
	char *fixed_service; /* from the options; NULL: to be found */
	char *service;	     /* prepared; NULL until known */
	int64_t timeout_s;
	bool on_demand;

	struct arena *scratch; /* reset when the outermost call of the host returns */
	unsigned depth;	       /* calls of the host that are under way, one in another */
	int64_t late_at_ms;    /* when the outermost one has taken long enough; monotonic */
	enum client_phase phase;
	int64_t look_at;     /* CLIENT_ALONE: when the service is looked for again; 0: never */
	int64_t look_wait_s; /* how long that was from the last time */
	char id_prefix[24];  /* of this object's stanza ids: not to be guessed */
	uint64_t last_id;

	struct state *state;
	struct book *book; /* NULL: none */
	struct request *requests;
	struct question *questions;
	unsigned last_question;
	struct job *jobs;
	struct sync *sync;
	struct chats *chats;
	struct offer *offer;
	unsigned asked; /* items whose disco#info is awaited */

	/* An attached connection (strophe.c): sends instead of host.send. */
	int (*attached_send)(void *attached, const char *stanza, size_t len);
	void *attached;
	bool attached_works; /* its timer for long work is on */
};

/* Every function of kith.h that may call the host back is between these two: what was made in the
 * scratch arena and jobs that ended are freed when the outermost one leaves. */
void client_enter(struct kith *kith);
void client_leave(struct kith *kith);

/* True once the outermost call of the host has taken as long as it may: what is left to work on is
 * for the next kith_tick(). */
bool client_is_late(const struct kith *kith);

int64_t client_now(struct kith *kith);

/* A new stanza id, in the scratch arena. */
const char *client_new_id(struct kith *kith);
/* True if id is one that this object made. */
bool client_is_own_id(const struct kith *kith, const char *id);

/* Sends a stanza of the scratch arena. 0, or -1: offline, no memory, or the host can't. */
int client_send(struct kith *kith, const struct xml *stanza);

/* The service is known (jid), or there is none (NULL): jobs that waited go on. */
void client_found(struct kith *kith, const char *jid);

/* Hands an event to the host; job NULL: it came by itself. */
void client_tell(struct kith *kith, const struct job *job, struct event *event);

#endif
