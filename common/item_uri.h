/* The address of an item of a pubsub node, as a message refers to it: XEP-0060, 12.22 (URIs), in
 * RFC 5122's syntax; in a message, XEP-0372 v0.5.0 (References). */
#ifndef KITH_ITEM_URI_H
#define KITH_ITEM_URI_H

struct arena;
struct xml;

/* Adds a reference to the item to message. */
void item_uri_refer(struct arena *arena, struct xml *message, const char *service, const char *node,
	const char *item);

/* The id of the item of that node and service that message refers to, in the arena; NULL: to none.
 */
const char *item_uri_referred(
	struct arena *arena, const struct xml *message, const char *service, const char *node);

#endif
