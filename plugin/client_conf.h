/* The conf of Kith's clients, the `kith` command and the plugin for Profanity: kith(1), CONF.
 */
#ifndef KITH_CLIENT_CONF_H
#define KITH_CLIENT_CONF_H

#include <stdbool.h>
#include <stdint.h>

struct client_conf {
	char *jid;	     /* the account, in small letters; NULL: not said */
	char *password_file; /* NULL: not said */
	char *server;	     /* host to connect to; NULL: the account's domain, by DNS */
	uint16_t port;	     /* 0: the usual one */
	bool tls;	     /* false: none, for tests on loopback */
	char *service;	     /* JID of the Kith service; NULL: to be found */
	char *book;	     /* as in kith.h; after client_conf_defaults() never NULL */
	char *state;	     /* directory of what the library remembers; likewise */
	char *region;	     /* ISO 3166; NULL: none */
	char *name;	     /* for a profile that begins; NULL: none */
};

/* Where the conf is looked for when no file is named: $XDG_CONFIG_HOME/kith/kith.conf, or
 * ~/.config/kith/kith.conf. The caller frees it with free(); NULL: no home, or no memory. */
char *client_conf_path(void);

/* Reads file. 0, or -1 with each fault in *why, a line each as "FILE:LINE: reason" (the caller
 * frees it): unknown and doubled keys, values that can't be. The caller clears conf in any case. */
int client_conf_read(struct client_conf *conf, const char *file, char **why);

/* Whether the conf is about that account. jid is a JID as a server writes it, bare or full. */
bool client_conf_is_of(const struct client_conf *conf, const char *jid);

/* Fills in where the book and the state of the account are kept by default, below
 * $XDG_DATA_HOME/kith/JID/book and $XDG_STATE_HOME/kith (~/.local/share, ~/.local/state), makes
 * "~/" the home in what was given, and makes the directories that these lie in. 0, or -1: no home,
 * no memory, or a directory that can't be made. */
int client_conf_defaults(struct client_conf *conf, const char *jid);

void client_conf_clear(struct client_conf *conf);

/* The first line of password_file, which others must not be able to read. NULL with a reason in
 * *why (the caller frees both). */
char *client_conf_password(const struct client_conf *conf, char **why);

#endif
