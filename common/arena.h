/* Memory that is freed all at once: what one turn, one request or one command needs.
 *
 * Allocation failure is sticky: arena_alloc() returns NULL and arena_failed() is true from then on.
 * The builders on top of it (xml.h, vcard.h) pass NULL through, so that a whole answer can be built
 * without a check a line, and is checked once, by arena_failed(), before it is used. */
#ifndef KITH_ARENA_H
#define KITH_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A new arena that takes at most cap bytes (0: no cap), or NULL. The caller frees it with
 * arena_free(), which also takes NULL. */
struct arena *arena_new(size_t cap);
void arena_free(struct arena *arena);

/* Forgets everything allocated and the failure; keeps one block for the next use. */
void arena_reset(struct arena *arena);

/* Zeroed memory, aligned for anything, borrowed until arena_reset() or arena_free(); or NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copies; the result is terminated by a NUL. text NULL gives NULL without failing. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool arena_failed(const struct arena *arena);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#endif
