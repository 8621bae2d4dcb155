/* The bench's end of a stream: see bench_stream.h. */
#include "tests/bench_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ns.h"
#include "tests/bench_meter.h"

#define READ_BYTES 262144
#define SLOW_WAIT_NS 100000000 /* between two reads at a rate */
#define SLOW_BUFFER 4096       /* bytes that the kernel may take meanwhile (it doubles them) */

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void watch(struct stream *stream, int operation, int fd, uint32_t interest)
{
	struct epoll_event event = {.events = interest, .data.fd = fd};

	(void)epoll_ctl(stream->epoll_fd, operation, fd, &event);
}

static void begin(struct stream *stream)
{
	stream->scan = (struct scan){0};
	buffer_reset(&stream->in);
	buffer_reset(&stream->out);
	stream->is_up = false;
	stream->step = 0;
	stream->interest = EPOLLIN;
	watch(stream, EPOLL_CTL_ADD, stream->fd, EPOLLIN);
}

int stream_listen(struct stream *stream, int port)
{
	struct sockaddr_in address = loopback(port);
	socklen_t len = sizeof(address);
	int one = 1;

	stream->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)setsockopt(stream->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(stream->listen_fd, (struct sockaddr *)&address, len) != 0 ||
		listen(stream->listen_fd, 8) != 0 ||
		getsockname(stream->listen_fd, (struct sockaddr *)&address, &len) != 0)
		return -1;
	watch(stream, EPOLL_CTL_ADD, stream->listen_fd, EPOLLIN);
	return ntohs(address.sin_port);
}

void stream_accept(struct stream *stream)
{
	int fd = accept4(stream->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;

	if (fd < 0)
		return;
	if (stream->fd >= 0)
		stream_cut(stream);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	stream->fd = fd;
	begin(stream);
}

static void say(struct stream *stream, const char *text)
{
	stream_send(stream, text, strlen(text));
	stream_flush(stream);
}

static void say_header(struct stream *stream)
{
	char text[512];

	if (stream->is_client)
		(void)snprintf(text, sizeof(text),
			"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
			"xmlns:stream='" NS_STREAM "' to='%s' version='1.0'>",
			stream->domain);
	else
		(void)snprintf(text, sizeof(text),
			"<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT
			"' xmlns:stream='" NS_STREAM "' from='bench' id='bench'>");
	say(stream, text);
}

int stream_connect(struct stream *stream)
{
	struct sockaddr_in address = loopback(stream->port);
	int one = 1;

	stream->is_client = true;
	stream->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(stream->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	(void)setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	begin(stream);
	say_header(stream);
	return 0;
}

void stream_cut(struct stream *stream)
{
	struct linger linger = {1, 0};

	if (stream->fd < 0)
		return;
	(void)setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(stream->fd);
	stream->fd = -1;
	if (stream->is_up) {
		stream->is_up = false;
		stream->events->down(stream->context);
	}
}

/* ---- Becoming up ---- */

static void say_auth(struct stream *stream)
{
	char plain[256], coded[BASE64_ENCODE_RAW_LENGTH(sizeof(plain)) + 1], text[600];
	int len = snprintf(plain, sizeof(plain), "%c%s%c%s", 0, stream->user, 0, stream->password);

	base64_encode_raw(coded, (size_t)len, (const uint8_t *)plain);
	coded[BASE64_ENCODE_RAW_LENGTH((size_t)len)] = '\0';
	(void)snprintf(text, sizeof(text),
		"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>",
		coded);
	say(stream, text);
}

static void up(struct stream *stream)
{
	stream->is_up = true;
	stream->events->up(stream->context);
}

static void on_client_step(struct stream *stream, const char *text, size_t len)
{
	switch (stream->step) {
	case 0:
		say_auth(stream);
		break;
	case 1:
		if (!scan_has(text, len, "<success")) {
			(void)fprintf(stderr, "bench_server: refused: %.*s\n", (int)len, text);
			exit(1);
		}
		stream->scan.is_over = true; /* the stream begins anew */
		break;
	case 2:
		say(stream,
			"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
			"<resource>bench</resource></bind></iq>");
		break;
	case 3:
		up(stream);
		break;
	default:
		break;
	}
	stream->step++;
}

static void on_stanza(void *context, const char *text, size_t len)
{
	struct stream *stream = context;

	if (stream->is_up)
		stream->events->stanza(stream->context, text, len);
	else if (stream->is_client)
		on_client_step(stream, text, len);
	else if (scan_has(text, len, "<handshake")) { /* whoever it is may come in */
		say(stream, "<handshake/>");
		up(stream);
	}
}

/* ---- Bytes ---- */

static void feed(struct stream *stream)
{
	size_t done = scan_feed(&stream->scan, stream->in.data, stream->in.len, on_stanza, stream);

	buffer_consume(&stream->in, done);
	if (!stream->is_up && !stream->is_client && stream->step == 0 && stream->scan.depth > 0) {
		stream->step = 1;
		say_header(stream);
	}
	if (stream->is_client && stream->step == 2 && stream->scan.is_over) {
		stream->scan = (struct scan){0};
		buffer_reset(&stream->in);
		say_header(stream);
	}
}

/* How much is to be read now. */
static size_t allowance(struct stream *stream)
{
	int64_t now = meter_now_ns();

	if (stream->read_rate == 0)
		return READ_BYTES;
	if (now < stream->may_read_at_ns)
		return 0;
	stream->may_read_at_ns = now + SLOW_WAIT_NS;
	return (size_t)(stream->read_rate * (SLOW_WAIT_NS / 1000000) / 1000);
}

static void set_interest(struct stream *stream)
{
	uint32_t interest = (stream->out.len > 0 ? (uint32_t)EPOLLOUT : 0) |
			    (stream->read_rate == 0 ? (uint32_t)EPOLLIN : 0);

	if (stream->fd < 0 || interest == stream->interest)
		return;
	stream->interest = interest;
	watch(stream, EPOLL_CTL_MOD, stream->fd, interest);
}

static void read_some(struct stream *stream)
{
	size_t most = allowance(stream);
	char *room = most > 0 ? buffer_reserve(&stream->in, most) : NULL;
	ssize_t len = room ? recv(stream->fd, room, most, MSG_DONTWAIT) : -1;

	if (!room || (len < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	if (len <= 0) {
		stream_cut(stream);
		return;
	}
	stream->in.len += (size_t)len;
	stream->bytes_in += (uint64_t)len;
	feed(stream);
}

void stream_handle(struct stream *stream, uint32_t events)
{
	if (stream->fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		read_some(stream);
	if (stream->fd >= 0)
		stream_flush(stream);
}

int64_t stream_tick(struct stream *stream)
{
	int64_t left;

	if (stream->fd < 0)
		return -1;
	if (stream->read_rate > 0 && meter_now_ns() >= stream->may_read_at_ns) {
		(void)setsockopt(
			stream->fd, SOL_SOCKET, SO_RCVBUF, &(int){SLOW_BUFFER}, sizeof(int));
		read_some(stream);
	}
	set_interest(stream);
	if (stream->read_rate == 0)
		return -1;
	left = stream->may_read_at_ns - meter_now_ns();
	return left > 0 ? left : 0;
}

void stream_send(struct stream *stream, const char *data, size_t len)
{
	buffer_append(&stream->out, data, len);
}

void stream_flush(struct stream *stream)
{
	while (stream->fd >= 0 && stream->out.len > 0) {
		ssize_t len = send(
			stream->fd, stream->out.data, stream->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (len <= 0)
			break;
		buffer_consume(&stream->out, (size_t)len);
	}
	set_interest(stream);
}
