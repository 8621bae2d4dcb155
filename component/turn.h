/* A turn: stanzas handled in one open transaction, each as a part of its own, and committed
 * together; only then what they answer is handed out (design: section 5, "One process, one thread,
 * one turn"). */
#ifndef KITH_TURN_H
#define KITH_TURN_H

#include "component/feature.h"

struct buffer;
struct turn;

/* answered: is told stanzas of type result and error; true: it was an answer to ours. Made outside
 * a turn of the store (it reads the key). NULL on failure. The caller frees with turn_free(). */
struct turn *turn_new(struct store *store, const struct settings *settings,
	bool (*answered)(void *context, const struct xml *stanza), void *context);
void turn_free(struct turn *turn);

/* The service that the features see; its `send` adds to the turn's output. */
struct service *turn_service(struct turn *turn);

/* Other settings from now on; borrowed until they are replaced or the turn is freed. */
void turn_set_settings(struct turn *turn, const struct settings *settings);

/* Handles a stanza, beginning the store's turn if it isn't yet; stanza is borrowed for the call.
 * now: seconds UTC. */
void turn_stanza(struct turn *turn, const struct xml *stanza, int64_t now);

/* Tells the sender of a request to come again; nothing else is said of it. */
void turn_refuse(struct turn *turn, const struct xml *stanza);

/* Answers a stanza that was over a cap. */
void turn_oversized(struct turn *turn, const struct xml *stanza, const char *reason);

/* Begins the store's turn, if it isn't yet, for work that no stanza asked for. -1: the store
 * failed. */
int turn_begin(struct turn *turn);

/* The store failed outside a stanza: the turn will be rolled back. */
void turn_break(struct turn *turn);

/* Commits, if a turn was begun. -1: it was rolled back, and all that its output says is
 * internal-server-error. */
int turn_end(struct turn *turn);

/* Outside a turn: what is to be sent. Whoever sends it empties it by turn_sent(). */
const struct buffer *turn_output(const struct turn *turn);
void turn_sent(struct turn *turn);

#endif
