/* Pubsub events (XEP-0060, 7.1.2.1 and 7.2.2.1), as headlines carry them and as sync repeats them.
 */
#ifndef KITH_EVENT_H
#define KITH_EVENT_H

struct arena;
struct store_event;
struct xml;

/* Adds to message the <event/> that says what happened to an item of node. The card is borrowed
 * while the message is used. */
void event_add(struct arena *arena, struct xml *message, const char *node,
	const struct store_event *event);

#endif
