/* What the two halves of the link share: link.c (states, clock, socket) and link_stream.c (what is
 * said). */
#ifndef KITH_LINK_STATE_H
#define KITH_LINK_STATE_H

#include "common/log.h"
#include "component/dial.h"
#include "component/link.h"
#include "component/outqueue.h"

struct arena;
struct xml_stream;

enum link_state {
	LINK_WAITING,	 /* for the next attempt */
	LINK_RESOLVING,	 /* the name service is asked for the server */
	LINK_CONNECTING, /* the socket is */
	LINK_OPENING,	 /* our start of stream is sent */
	LINK_SHAKING,	 /* our handshake is sent */
	LINK_UP,
	LINK_CLOSING, /* our end of stream is sent */
	LINK_CLOSED,  /* for good */
};

struct link {
	enum link_state state;
	const struct settings *settings;
	const struct link_events *events;
	void *context;

	int epoll_fd, fd;  /* fd: the socket, or what tells that the name service has answered */
	bool is_watched;   /* fd is in epoll_fd */
	uint32_t interest; /* with these events */
	struct dial dial;
	char *input;
	size_t input_len, input_at; /* bytes read, and told */
	struct outqueue out;
	char where[280]; /* HOST:PORT, for the log */

	struct arena *arena; /* of the stanzas that are read */
	struct xml_stream *stream;
	char ping[40];	  /* id of the last ping; "" none */
	bool is_pinged;	  /* nothing was heard since */
	bool has_moved;	  /* bytes did, in this call */
	bool has_heard;	  /* some came */
	bool begins_anew; /* LINK_CLOSING: for another connection */
	struct log_budget passed_over;
	char ending[640]; /* not "": the connection is over after this call, for that reason */

	int64_t now_ms;	   /* of this call */
	int64_t since_ms;  /* in this state */
	int64_t moved_ms;  /* a byte moved in either direction */
	int64_t heard_ms;  /* a byte came */
	int64_t retry_ms;  /* LINK_WAITING: until then */
	unsigned attempts; /* that failed in a row */
};

/* ---- link.c ---- */
void link_write(struct link *link, const char *data, size_t len);
/* Has the connection ended once the present call is through; the first reason is the one that
 * counts. */
void link_end(struct link *link, const char *what);
void link_accepted(struct link *link); /* the server took the handshake */

/* ---- link_stream.c ---- */
int link_stream_new(struct link *link); /* -1: no memory */
void link_stream_free(struct link *link);
void link_stream_reset(struct link *link);
void link_stream_open(struct link *link);
void link_stream_close(struct link *link);
void link_stream_ping(struct link *link);
/* How much of it was told: less than all if those who are told have enough, or the connection ends.
 */
size_t link_stream_feed(struct link *link, const char *data, size_t len);

#endif
