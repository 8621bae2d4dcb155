/* Bytes that wait until a socket takes them. */
#ifndef KITH_OUTQUEUE_H
#define KITH_OUTQUEUE_H

#include <stddef.h>

#include "common/buffer.h"

struct outqueue {
	struct buffer text;
	size_t sent; /* of text: gone already */
};

void outqueue_init(struct outqueue *queue);
void outqueue_clear(struct outqueue *queue);

/* Bytes that wait. */
size_t outqueue_len(const struct outqueue *queue);

/* Sends what waits and then data as far as the socket takes it, and keeps the rest. Returns how
 * many bytes went, or -1 with errno when the connection is over or the rest can't be kept. */
long outqueue_send(struct outqueue *queue, int fd, const char *data, size_t len);

#endif
