/* The bench's end of a stream: a server that a component attaches to (XEP-0114), or a client of a
 * real server (RFC 6120, without TLS). */
#ifndef KITH_BENCH_STREAM_H
#define KITH_BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "tests/bench_scan.h"

struct stream_events {
	void (*up)(void *context);
	void (*down)(void *context);
	void (*stanza)(void *context, const char *text, size_t len);
};

struct stream {
	int epoll_fd, listen_fd, fd;
	bool is_client, is_up;
	int step; /* of becoming up */
	const char *host, *domain, *user, *password;
	int port;
	const struct stream_events *events;
	void *context;
	struct scan scan;
	struct buffer in, out;
	uint64_t bytes_in;
	int64_t read_rate; /* bytes a second; 0: as they come */
	int64_t may_read, may_read_at_ns;
	uint32_t interest;
};

/* Listens on loopback; port 0: a free one. The port, or -1. */
int stream_listen(struct stream *stream, int port);
/* Connects as user@domain; up once it is bound. 0 or -1. */
int stream_connect(struct stream *stream);
/* As a server that crashed. */
void stream_cut(struct stream *stream);

/* What epoll told of listen_fd or fd. */
void stream_accept(struct stream *stream);
void stream_handle(struct stream *stream, uint32_t events);
/* Goes on reading where the rate admits it; in ns from now, or -1. */
int64_t stream_tick(struct stream *stream);

/* Queued; goes out with stream_flush(). */
void stream_send(struct stream *stream, const char *data, size_t len);
void stream_flush(struct stream *stream);

#endif
