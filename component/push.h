/* One push: the message in words that tells a holder what an update did (design: section 3,
 * "push"). It is made from the update row alone, so that a repetition after a crash is the same
 * stanza. */
#ifndef KITH_PUSH_H
#define KITH_PUSH_H

#include <stdint.h>

#include "component/keyed.h"

struct arena;
struct gather_summary;
struct run_push;
struct xml;

#define PUSH_ID_SIZE KEYED_SIZE

/* The id of the push of an update: the same each time, and not to be guessed without the store's
 * key. */
void push_id(char id[PUSH_ID_SIZE], const unsigned char key[32], int64_t update);

/* The message: chat, from the service to the holder's bare JID, with <body/>, id as XEP-0359
 * origin-id, XEP-0334 <store/>, and XEP-0203 delay if it is late; for a proposal, with what to
 * answer, a link (XEP-0147) and actions (XEP-0439); for an offer, the card with these. No pubsub
 * event: clients hide messages that have one. now: seconds UTC. NULL: no memory. */
struct xml *push_message(struct arena *arena, const char *from, const char *id,
	const struct run_push *push, int64_t now);

/* The message that tells of what was gathered: the same without delay, and, where changes are
 * proposed or cards offered, with the link to all that waits. */
struct xml *push_summary(struct arena *arena, const char *from, const char *id,
	const struct gather_summary *summary);

#endif
