/* A growing byte buffer with an optional cap. Appending never fails loudly: the first failure
 * (memory, or the cap) is kept in `failed`, later appends do nothing, and the one who hands the
 * buffer on looks at `failed` once. */
#ifndef KITH_BUFFER_H
#define KITH_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buffer {
	char *data;  /* not terminated; NULL while empty */
	size_t len;  /* bytes in use */
	size_t size; /* bytes allocated */
	size_t cap;  /* most bytes it may hold; 0: no cap */
	bool failed; /* an append was refused; the content up to it is whole */
};

/* Sets up an empty buffer in place. cap in bytes, 0 for none. buffer_clear() frees what it holds.
 */
void buffer_init(struct buffer *buf, size_t cap);

/* Frees the content; the buffer is then as after buffer_init() with the same cap. */
void buffer_clear(struct buffer *buf);

/* Empties the buffer, resets `failed`, and keeps the memory for the next use. */
void buffer_reset(struct buffer *buf);

void buffer_append(struct buffer *buf, const void *data, size_t len);
/* Here, since most texts are literals, whose lengths the compiler knows. */
static inline void buffer_puts(struct buffer *buf, const char *text)
{
	buffer_append(buf, text, strlen(text));
}
void buffer_putc(struct buffer *buf, char c);
void buffer_printf(struct buffer *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Removes the first len bytes (at most all). */
void buffer_consume(struct buffer *buf, size_t len);

/* Makes room for at least len further bytes and returns where they go, or NULL (failed is set);
 * the caller then adds what it wrote to buf->len. */
char *buffer_reserve(struct buffer *buf, size_t len);

/* The content as a terminated string (a NUL is kept behind it, not counted in len), "" when empty,
 * NULL when failed. Borrowed until the next call with buf. */
const char *buffer_string(struct buffer *buf);

#endif
