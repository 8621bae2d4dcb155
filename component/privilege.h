/* What the server lets us do in its accounts' names: XEP-0356, version 0.4.1. Where it doesn't
 * grant it (server.h), each of these does nothing. */
#ifndef KITH_PRIVILEGE_H
#define KITH_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

struct jid;
struct service;
struct store_account;
struct xml;
struct arena;

/* Asks for the account's roster, at most once in 10 minutes. Within a part of the turn. -1: the
 * store failed. */
int privilege_ask_roster(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now);

/* True if iq (of type result or error) answers that; then it is stored who is subscribed both ways,
 * of the accounts in use. Of a failure the store knows. */
bool privilege_answer(
	struct service *service, struct arena *arena, const struct jid *from, const struct xml *iq);

/* The namespace in which a message can be sent in the name of the account `from`; NULL: it can't.
 */
const char *privilege_messages(
	const struct service *service, struct arena *arena, const char *from);

/* 5.3: what is sent to the server so that `message` (of jabber:client, with from and to) goes out
 * as from its account. NULL: no memory. */
struct xml *privilege_message(
	const struct service *service, struct arena *arena, struct xml *message);

#endif
