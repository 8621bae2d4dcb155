/* What a turn wants sent, rendered, in order; it leaves only once the turn is committed. */
#ifndef KITH_OUTBOX_H
#define KITH_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

struct arena;
struct xml;

struct outbox_answer {
	size_t start, len; /* of its text */
};

struct outbox {
	struct buffer text;
	struct outbox_answer *answers;
	size_t count, size;    /* of answers: in use, allocated */
	struct buffer if_lost; /* text, for outbox_fail() */
};

/* In place. outbox_clear() frees what it holds. */
void outbox_init(struct outbox *outbox);
void outbox_clear(struct outbox *outbox);

/* Renders a stanza behind the others. An answer is one that outbox_fail() keeps as an error. -1: it
 * is larger than a server takes (which would end the stream, for all), and left out. Lack of memory
 * shows in text.failed. */
int outbox_add(struct outbox *outbox, const struct xml *stanza);
int outbox_add_answer(struct outbox *outbox, const struct xml *stanza);

/* Renders a stanza that is sent only if outbox_fail() is called. Lack of memory: it isn't. */
void outbox_add_if_lost(struct outbox *outbox, const struct xml *stanza);

/* The text as it is now; all that came behind it is dropped by outbox_cut(). No answer may be
 * behind it. */
size_t outbox_mark(const struct outbox *outbox);
void outbox_cut(struct outbox *outbox, size_t mark);

/* What was stored is lost: each answer becomes internal-server-error with that text, and what
 * was added for that case follows; nothing else is left. */
void outbox_fail(struct outbox *outbox, struct arena *arena, const char *text);

/* Empties it, and keeps the memory, unless that is much. */
void outbox_reset(struct outbox *outbox);

#endif
