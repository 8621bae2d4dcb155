/* The router: validates a stanza, finds its handler in the table of features, and makes the one
 * stanza that answers it (RFC 6120, 8 and 10). */
#ifndef KITH_ROUTER_H
#define KITH_ROUTER_H

#include "component/feature.h"

struct router {
	struct service *service;
	/* Is told the stanzas that answer ours (type result or error); true: it was one. */
	bool (*answered)(void *context, const struct xml *stanza);
	void *context;
};

/* What came of a stanza. */
struct routed {
	struct xml *reply; /* NULL: nothing is to be said */
	bool is_failed;	   /* reply is an error: what the handler stored and sent is to be undone */
};

/* Handles a stanza, in the open turn; everything is made in the arena. now: seconds UTC. */
struct routed router_stanza(
	const struct router *router, struct arena *arena, const struct xml *stanza, int64_t now);

/* The answer to what isn't handled: a request over a cap (of which its start tag is left), or one,
 * or what a person wrote, that the store can't be asked for. NULL: that stanza gets no answer.
 * reason: for a person, may be NULL. */
struct xml *router_refusal(
	struct arena *arena, const struct xml *stanza, enum answer answer, const char *reason);

#endif
