/* Requests: iqs that wait for their answer, each with its time (RFC 6120, 8.2.3). */
#ifndef KITH_REQUEST_H
#define KITH_REQUEST_H

#include <stdbool.h>

struct kith;
struct xml;

enum reply_kind {
	REPLY_RESULT,
	REPLY_ERROR,   /* condition says which */
	REPLY_NOTHING, /* no answer in time, or the connection went */
};

struct reply {
	enum reply_kind kind;
	const struct xml *iq;  /* the answer; NULL for REPLY_NOTHING */
	const char *condition; /* RFC 6120, 8.3.3: "item-not-found"; NULL for a result */
	const char *text;      /* for a person; NULL for a result, else never */
};

typedef void request_done(void *context, struct kith *kith, const struct reply *reply);

/* Sends iq (made with stanza_iq()) and calls done exactly once, perhaps before it returns; not at
 * all when the client is freed or the context is forgotten first. The answer counts only from the
 * JID that was asked. */
void request_send(struct kith *kith, struct xml *iq, request_done *done, void *context);

/* Nobody waits any more for what was asked with this context. */
void request_forget(struct kith *kith, const void *context);

/* True if the iq of type result or error is the answer to one, which was then told. */
bool request_answered(struct kith *kith, const struct xml *iq);

/* Fails those that are out of time. */
void request_expire(struct kith *kith);
/* Fails all: the connection went. */
void request_fail_all(struct kith *kith);
/* Drops all untold: the client is being freed. */
void request_drop_all(struct kith *kith);

#endif
