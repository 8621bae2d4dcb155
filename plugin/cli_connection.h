/* The connection of the `kith` command: an account's stream by libstrophe, with TLS and reconnects.
 */
#ifndef KITH_CLI_CONNECTION_H
#define KITH_CLI_CONNECTION_H

#include <stdbool.h>

#include <strophe.h>

struct client_conf;
struct cli_connection;

struct cli_connection_events {
	void (*up)(void *context, xmpp_conn_t *conn);
	/* reason: for a person, borrowed; NULL when it was us who closed. final: no further try. */
	void (*down)(void *context, const char *reason, bool final);
};

/* lasting: stays online with presence, and reconnects with growing waits; otherwise one try,
 * without presence, so that no message meant for other devices comes here. conf, password and
 * events are borrowed for its life. The caller frees it with cli_connection_free() (NULL is
 * harmless). */
struct cli_connection *cli_connection_new(const struct client_conf *conf, const char *password,
	bool lasting, const struct cli_connection_events *events, void *context);
void cli_connection_free(struct cli_connection *connection);

/* Begins to connect. -1: not possible (events.down was told why). */
int cli_connection_open(struct cli_connection *connection);

/* Waits for at most wait_ms and does what is due. */
void cli_connection_work(struct cli_connection *connection, unsigned wait_ms);

/* Closes the stream in good order; takes at most two seconds. */
void cli_connection_close(struct cli_connection *connection);

#endif
