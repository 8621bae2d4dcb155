/* The one stanza that answers a stanza (RFC 6120, 8.1 to 8.3). */
#ifndef KITH_ANSWER_H
#define KITH_ANSWER_H

#include "component/feature.h"

/* An empty stanza of the same name and id as `stanza`, from whom that went to, to whom it came
 * from. A delegated request (delegation.h) is answered within a wrapper of the server's. In the
 * arena; NULL: no memory. */
struct xml *answer_new(struct arena *arena, const struct xml *stanza, const char *type);

/* Where the payload goes: the reply itself, or the stanza in its wrapper. */
struct xml *answer_body(struct xml *reply);

/* Makes reply an error in place of whatever it was: type, and <error/> as its only child. request:
 * where a text or an application-specific condition comes from; may be NULL. */
void answer_set_error(
	struct arena *arena, struct xml *reply, enum answer answer, const struct request *request);

/* "item-not-found" */
const char *answer_name(enum answer answer);

#endif
