/* The connection of the `kith` command, on libstrophe. */
#include "plugin/cli_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "plugin/client_conf.h"

#define WAIT_FIRST_MS 1000 /* before the first reconnect; doubled each time, with jitter */
#define WAIT_MOST_MS 60000
#define CLOSE_MS 2000 /* what the server has to answer </stream:stream> */

struct cli_connection {
	const struct client_conf *conf;
	const char *password;
	bool lasting;
	const struct cli_connection_events *events;
	void *context;
	xmpp_ctx_t *ctx;
	xmpp_conn_t *conn;
	bool reached; /* by TCP */
	bool up;      /* the session is bound */
	bool closing; /* we asked for the end */
	bool down;    /* not connected, not connecting */
	bool was_up;  /* once: a refused password then is no reason to give up */
	int64_t retry_at_ms;
	unsigned wait_ms;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Keepalives, so that a dead connection is noticed within minutes. A callback also makes libstrophe
 * 0.12 try every address of the host: it does so only with one. */
static int set_socket_options(xmpp_conn_t *conn, void *sock)
{
	int on = 1;

	setsockopt(*(int *)sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return xmpp_sockopt_cb_keepalive(conn, sock);
}

static const char *stream_error_word(const xmpp_stream_error_t *error)
{
	switch (error->type) {
	case XMPP_SE_CONFLICT:
		return "another client took over (conflict)";
	case XMPP_SE_HOST_UNKNOWN:
		return "the server doesn't serve that domain";
	case XMPP_SE_NOT_AUTHORIZED:
		return "JID or password refused";
	case XMPP_SE_SYSTEM_SHUTDOWN:
		return "the server shuts down";
	case XMPP_SE_POLICY_VIOLATION:
		return "the server refuses: policy-violation";
	default:
		return "the server closed the stream with an error";
	}
}

/* Exponential waits with jitter, so that a restarted server isn't met by all at once. */
static void plan_retry(struct cli_connection *connection)
{
	uint16_t jitter = 0;

	if (getrandom(&jitter, sizeof(jitter), 0) < 0)
		jitter = 0;
	connection->retry_at_ms = now_ms() + connection->wait_ms / 2 +
				  (int64_t)connection->wait_ms * jitter / UINT16_MAX;
	connection->wait_ms *= 2;
	if (connection->wait_ms > WAIT_MOST_MS)
		connection->wait_ms = WAIT_MOST_MS;
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
	xmpp_stream_error_t *stream_error, void *userdata)
{
	struct cli_connection *connection = userdata;
	const char *reason = "the connection was lost";
	xmpp_stanza_t *presence;
	bool refused, final;

	if (event == XMPP_CONN_CONNECT) {
		connection->up = connection->was_up = true;
		connection->wait_ms = WAIT_FIRST_MS;
		if (connection->closing)
			return;
		connection->events->up(connection->context, conn);
		if (connection->lasting) {
			presence = xmpp_presence_new(connection->ctx);
			if (presence) {
				xmpp_send(conn, presence);
				xmpp_stanza_release(presence);
			}
		}
		return;
	}
	refused = connection->reached && !connection->up && !error &&
		  (!stream_error || stream_error->type == XMPP_SE_NOT_AUTHORIZED);
	final = !connection->lasting || (refused && !connection->was_up);
	if (stream_error)
		reason = stream_error_word(stream_error);
	else if (!connection->reached)
		reason = "the server can't be reached";
	else if (refused)
		reason = "the server refused JID and password, or there is no TLS with it";
	else if (!connection->up && error > 0)
		reason = strerror(error);
	connection->up = false;
	connection->down = true;
	plan_retry(connection);
	connection->events->down(connection->context, connection->closing ? NULL : reason, final);
}

struct cli_connection *cli_connection_new(const struct client_conf *conf, const char *password,
	bool lasting, const struct cli_connection_events *events, void *context)
{
	struct cli_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->conf = conf;
	connection->password = password;
	connection->lasting = lasting;
	connection->events = events;
	connection->context = context;
	connection->wait_ms = WAIT_FIRST_MS;
	connection->down = true;
	xmpp_initialize();
	connection->ctx = xmpp_ctx_new(NULL, NULL);
	connection->conn = connection->ctx ? xmpp_conn_new(connection->ctx) : NULL;
	if (!connection->conn) {
		cli_connection_free(connection);
		return NULL;
	}
	return connection;
}

void cli_connection_free(struct cli_connection *connection)
{
	if (!connection)
		return;
	if (connection->conn)
		xmpp_conn_release(connection->conn);
	if (connection->ctx)
		xmpp_ctx_free(connection->ctx);
	xmpp_shutdown();
	free(connection);
}

int cli_connection_open(struct cli_connection *connection)
{
	const struct client_conf *conf = connection->conf;
	xmpp_conn_t *conn = connection->conn;
	unsigned long flags = XMPP_CONN_FLAG_DISABLE_SM | (conf->tls ? XMPP_CONN_FLAG_MANDATORY_TLS
								     : XMPP_CONN_FLAG_DISABLE_TLS);

	xmpp_conn_set_sockopt_callback(conn, set_socket_options);
	xmpp_conn_set_jid(conn, conf->jid);
	xmpp_conn_set_pass(conn, connection->password);
	connection->down = connection->reached = false;
	if (xmpp_conn_set_flags(conn, (long)flags) == 0 &&
		xmpp_connect_client(conn, conf->server, conf->port, on_connection, connection) == 0)
		return 0;
	connection->down = true;
	plan_retry(connection);
	connection->events->down(
		connection->context, "the server can't be reached", !connection->lasting);
	return connection->lasting ? 0 : -1;
}

void cli_connection_work(struct cli_connection *connection, unsigned wait_ms)
{
	if (connection->down && connection->lasting && now_ms() >= connection->retry_at_ms)
		cli_connection_open(connection);
	xmpp_run_once(connection->ctx, wait_ms);
	if (xmpp_conn_is_connected(connection->conn))
		connection->reached = true; /* libstrophe calls it that before there is a session */
}

void cli_connection_close(struct cli_connection *connection)
{
	int64_t end = now_ms() + CLOSE_MS;

	connection->closing = true;
	if (connection->down)
		return;
	/* libstrophe 0.12 leaks what it knows of an authentication that is broken off. */
	while (!connection->up && !connection->down && now_ms() < end)
		xmpp_run_once(connection->ctx, 20);
	xmpp_disconnect(connection->conn);
	while (!connection->down && now_ms() < end)
		xmpp_run_once(connection->ctx, 20);
}
