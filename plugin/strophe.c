/* libkith on a libstrophe connection. One handler for all stanzas and one timer; text goes both
 * ways, so that nothing of a connection outlives it. */
#include "config.h"

#include "plugin/kith_strophe.h"

#include <string.h>

#include "plugin/client.h"

#define TICK_MS 1000
#define WORK_MS 1 /* between two pieces of long work: stanzas have their turn */

/* One stanza a call, as stream management counts them (XEP-0198, 4). */
static int send_by_conn(void *attached, const char *stanza, size_t len)
{
	xmpp_conn_t *conn = attached;

	if (!xmpp_conn_is_connected(conn))
		return -1;
	xmpp_send_raw(conn, stanza, len);
	return 0;
}

static int handle_work(xmpp_conn_t *conn, void *userdata)
{
	struct kith *kith = userdata;

	(void)conn;
	kith_tick(kith);
	kith->attached_works = kith_busy(kith);
	return kith->attached_works;
}

static void begin_work(struct kith *kith, xmpp_conn_t *conn)
{
	if (kith->attached_works || !kith_busy(kith))
		return;
	kith->attached_works = true;
	xmpp_timed_handler_add(conn, handle_work, WORK_MS, kith);
}

static int handle_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
	struct kith *kith = userdata;
	char *text = NULL;
	size_t len = 0;

	if (xmpp_stanza_to_text(stanza, &text, &len) == XMPP_EOK) {
		kith_feed(kith, text, len);
		xmpp_free(xmpp_conn_get_context(conn), text);
	}
	begin_work(kith, conn);
	return 1;
}

static int handle_tick(xmpp_conn_t *conn, void *userdata)
{
	kith_tick(userdata);
	begin_work(userdata, conn);
	return 1;
}

int kith_attach(struct kith *kith, xmpp_conn_t *conn)
{
	const char *jid = xmpp_conn_get_bound_jid(conn);

	if (kith->attached)
		kith_detach(kith);
	if (!jid)
		jid = xmpp_conn_get_jid(conn);
	kith->attached = conn;
	kith->attached_send = send_by_conn;
	xmpp_handler_add(conn, handle_stanza, NULL, NULL, NULL, kith);
	xmpp_timed_handler_add(conn, handle_tick, TICK_MS, kith);
	if (jid && kith_online(kith, jid) == 0)
		return 0;
	kith_detach(kith);
	return -1;
}

void kith_detach(struct kith *kith)
{
	xmpp_conn_t *conn = kith->attached;

	if (!conn)
		return;
	xmpp_handler_delete(conn, handle_stanza);
	xmpp_timed_handler_delete(conn, handle_tick);
	xmpp_timed_handler_delete(conn, handle_work);
	kith->attached_works = false;
	kith_offline(kith);
	kith->attached = NULL;
	kith->attached_send = NULL;
}
