/* What the server grants us, found out as it says so on each stream: XEP-0355 (delegation) and
 * XEP-0356 (privilege), in whichever version of their namespaces; and the test that a delegation
 * still holds.
 *
 * All times are monotonic, in ms. */
#ifndef KITH_SERVER_H
#define KITH_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct jid;
struct server;
struct service;
struct settings;
struct xml;

enum server_grant {
	SERVER_ROSTER,	 /* reading them */
	SERVER_MESSAGES, /* in the name of its accounts */
	SERVER_TEMP,	 /* vcard-temp is delegated */
	SERVER_VCARD4,	 /* and the iq of XEP-0292, 6 */
	SERVER_GRANTS
};

/* The caller frees it with server_free(). NULL: no memory. */
struct server *server_new(void);
void server_free(struct server *server);

/* A stream begins, on which nothing is granted yet; it ended. */
void server_up(struct server *server, int64_t now_ms);
void server_down(struct server *server);

/* What a message says of grants, if its sender is a domain of settings. True: it was such a one. */
bool server_advert(struct server *server, const struct settings *settings, const struct jid *from,
	const struct xml *message);

/* The namespace in which domain (of an account) grants that, for what is sent; NULL: it doesn't.
 * Borrowed while the stream lasts. */
const char *server_grants(const struct server *server, const char *domain, enum server_grant grant);

/* True if an iq of type result or error answers a test of ours. */
bool server_answer(struct server *server, const struct xml *iq);

/* A domain answered that it doesn't grant what it did: found out by another request. */
void server_revoked(struct server *server, const char *domain);

/* Outside turns: logs what is granted once that is known, and sends the tests that are due through
 * service->send. True: a grant was revoked without a word, and the link is to begin anew; so told
 * at most every 10 s, and ever less often while it doesn't help. */
bool server_tick(struct server *server, struct service *service, int64_t now_ms);
/* When to call it next, in ms from now; -1: no need. */
int64_t server_wait_ms(const struct server *server, int64_t now_ms);

/* An id for what is asked of the server on this stream: no one else can know it. Borrowed until the
 * next server_up(). */
const char *server_stream_id(const struct server *server);

#endif
