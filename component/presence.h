/* Presence: who has the service in the roster, and whose logins are seen so (RFC 6121, 3 and 4).
 *
 * Kept is one row for an account that is subscribed to the service's presence, with whether it lets
 * the service see its own. Nothing is kept of who is online:
 *  - A server sends a probe to the service at each login of an account that has it in the roster
 *    (4.2), and none later: that is the login. It is answered with the service's presence, to the
 *    bare JID, since Prosody's PEP looks at no other.
 *  - Who is online while the service comes up is asked for by probes of its own, some at a time, in
 *    order of account id (presence_walk_step()); the first presence on a stream of an account whose
 *    vCard wasn't read on it counts as a login.
 * So the service's presence is given where it is asked for, and never sent to all. Who asks and has
 * no row (it signed off, or was erased) learns that it is not subscribed (4.3.2). */
#ifndef KITH_PRESENCE_H
#define KITH_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct request;
struct service;
struct store_account;

/* The walk over all that share their presence, once on each stream. */
struct presence_walk {
	bool is_under_way;
	int64_t began_at; /* when the stream began, seconds UTC */
	int64_t after;	  /* account id up to which it has come */
	int64_t next_ms;  /* when it goes on, monotonic */
};

/* A stream begins; it ended. */
void presence_up(struct service *service, int64_t now);
void presence_down(struct service *service);

/* A presence stanza to the service. Of a failure the store knows. */
void presence_received(struct request *request);

/* The account's data are erased: it is taken out of the service's roster, and the service out of
 * its own. To be called before that. Of a failure the store knows. */
void presence_end(
	struct service *service, struct arena *arena, const struct store_account *account);

/* In ms from now, when presence_walk_step() has something to do, in a turn; -1: it has not. */
int64_t presence_walk_wait_ms(const struct service *service, int64_t now_ms);
/* Sends the next probes. -1: the store failed. */
int presence_walk_step(struct service *service, int64_t now_ms);

#endif
