/* libkith on a libstrophe connection: the host's xmpp_conn_t is fed to the library and sends for
 * it.
 *
 * It registers one handler and one timed handler, and never connects, disconnects, releases or runs
 * anything: the connection and its loop stay the host's. */
#ifndef KITH_STROPHE_H
#define KITH_STROPHE_H

#include <strophe.h>

#include "kith.h"

#ifdef __cplusplus
extern "C" {
#endif

/* To be called when conn is up (XMPP_CONN_CONNECT), also after each reconnect, with the same or
 * another xmpp_conn_t: feeds what comes in, sends through it (the host's own send function, if any,
 * isn't used while attached), calls kith_tick() each second, and kith_online() with the bound JID
 * (RFC 6120, 7). 0, or -1: no memory, or conn is bound to a JID of another account. */
int kith_attach(struct kith *kith, xmpp_conn_t *conn);

/* To be called when conn is down (XMPP_CONN_DISCONNECT), before the host releases it, and before
 * kith_free(): removes the handlers and calls kith_offline(). Not from within a handler of
 * stanzas. Harmless if not attached. */
void kith_detach(struct kith *kith);

#ifdef __cplusplus
}
#endif

#endif
