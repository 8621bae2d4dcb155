/* The wrapper in which a server hands over what it has delegated, and in which it wants the answer:
 * XEP-0355, version 0.5, section 4.3. Both versions of its namespace are known; the answer has that
 * of the request. */
#ifndef KITH_DELEGATION_H
#define KITH_DELEGATION_H

#include <stdbool.h>

struct arena;
struct xml;

/* The stanza within an iq that has the form <delegation><forwarded><iq/>; NULL: iq has another. */
struct xml *delegation_inner(const struct xml *iq);

/* If request was delegated (it has that form, and comes from a domain: people can send what they
 * like), makes reply its wrapper around an empty answer of that type, and returns true. A server
 * has a wait for each, and takes the answer only so, also for an error. */
bool delegation_wrap(
	struct arena *arena, struct xml *reply, const struct xml *request, const char *type);

/* True if a delegated request can't be answered as it should be, since it was over a cap and isn't
 * there as a whole, and its server has no use for an error either. */
bool delegation_wants_no_error(const struct xml *request);

/* The namespace that is delegated, where node is one by which a server asks what to announce for it
 * (XEP-0355, 7.2: "urn:xmpp:delegation:2::vcard-temp", "urn:xmpp:delegation:2:bare:vcard-temp");
 * else NULL. Borrowed from node. */
const char *delegation_node(const char *node);

#endif
