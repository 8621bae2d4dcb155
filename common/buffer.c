/* A growing byte buffer with an optional cap. */
#include "common/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 256
#define PRINTF_FIRST 256 /* bytes; what is longer is written twice */

void buffer_init(struct buffer *buf, size_t cap)
{
	*buf = (struct buffer){.cap = cap};
}

void buffer_clear(struct buffer *buf)
{
	free(buf->data);
	buffer_init(buf, buf->cap);
}

void buffer_reset(struct buffer *buf)
{
	buf->len = 0;
	buf->failed = false;
}

/* Makes the memory fit for len further bytes, whatever the cap says. */
static bool grow(struct buffer *buf, size_t len)
{
	size_t size = buf->size ? buf->size : SIZE_FIRST;
	char *data;

	if (len <= buf->size - buf->len)
		return true;
	if (len > SIZE_MAX / 2 - buf->len)
		return false;
	while (size < buf->len + len)
		size *= 2;
	data = realloc(buf->data, size);
	if (!data)
		return false;
	buf->data = data;
	buf->size = size;
	return true;
}

char *buffer_reserve(struct buffer *buf, size_t len)
{
	if (buf->failed)
		return NULL;
	if ((buf->cap && (buf->len > buf->cap || len > buf->cap - buf->len)) || !grow(buf, len)) {
		buf->failed = true;
		return NULL;
	}
	return buf->data + buf->len;
}

/* True where len further bytes fit as it is, as they mostly do. */
static inline bool has_room(const struct buffer *buf, size_t len)
{
	return !buf->failed && len <= buf->size - buf->len &&
	       (buf->cap == 0 || (buf->len <= buf->cap && len <= buf->cap - buf->len));
}

void buffer_append(struct buffer *buf, const void *data, size_t len)
{
	if (len == 0 || (!has_room(buf, len) && !buffer_reserve(buf, len)))
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
}

void buffer_putc(struct buffer *buf, char c)
{
	if (has_room(buf, 1) || buffer_reserve(buf, 1))
		buf->data[buf->len++] = c;
}

void buffer_printf(struct buffer *buf, const char *format, ...)
{
	char first[PRINTF_FIRST];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(first, sizeof(first), format, args);
	va_end(args);
	if (len >= 0 && (size_t)len < sizeof(first)) {
		buffer_append(buf, first, (size_t)len);
		return;
	}
	/* The terminator that vsnprintf() writes doesn't count against the cap. */
	if (len < 0 || !buffer_reserve(buf, (size_t)len) || !grow(buf, (size_t)len + 1)) {
		buf->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

void buffer_consume(struct buffer *buf, size_t len)
{
	if (len > buf->len)
		len = buf->len;
	buf->len -= len;
	if (buf->len > 0)
		memmove(buf->data, buf->data + len, buf->len);
}

const char *buffer_string(struct buffer *buf)
{
	if (buf->failed)
		return NULL;
	if (buf->len == 0)
		return "";
	if (!grow(buf, 1)) {
		buf->failed = true;
		return NULL;
	}
	buf->data[buf->len] = '\0';
	return buf->data;
}
