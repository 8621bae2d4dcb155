/* Subscriptions, probes, and logins: RFC 6121, 3 and 4. */
#include "component/presence.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/caps.h"
#include "component/feature.h"
#include "component/pep.h"
#include "component/privilege.h"

#define WALK_PROBES 50	 /* a step; a roster is read by the server for each */
#define WALK_STEP_MS 100 /* between two */

static struct xml *presence_new(
	struct service *service, struct arena *arena, const char *to, const char *type)
{
	struct xml *presence = xml_new(arena, NS_COMPONENT, "presence");

	xml_set(arena, presence, "type", type);
	xml_set(arena, presence, "from", service->settings->jid);
	xml_set(arena, presence, "to", to);
	return presence;
}

static void send(struct service *service, struct arena *arena, const char *to, const char *type)
{
	struct xml *presence = presence_new(service, arena, to, type);

	if (!arena_failed(arena))
		service->send(service, presence);
}

static void send_available(struct service *service, struct arena *arena, const char *to)
{
	struct xml *presence = presence_new(service, arena, to, NULL);

	xml_append(presence, caps_of_service(service, arena));
	if (!arena_failed(arena))
		service->send(service, presence);
}

/* The sender, and its row; STORE_NONE: it has none. */
static enum store_result find(
	struct request *request, struct store_account *account, struct store_follow *follow)
{
	struct store *store = request->service->store;
	enum store_result result =
		store_account_find(store, request->arena, request->from.bare, account);

	if (result != STORE_OK)
		return result;
	return store_follow_get(store, request->arena, account->id, follow);
}

/* ---- Subscriptions ---- */

/* 3.1.3 and 3.1.4: everyone who is served may see that the service is there; and it asks for the
 * same, unless it has it. */
static void subscribe(struct request *request)
{
	struct service *service = request->service;
	struct store_account account;
	struct store_follow follow = {.account = 0};

	if (store_account_get(service->store, request->arena, request->from.bare, &account) !=
			STORE_OK ||
		store_follow_get(service->store, request->arena, account.id, &follow) ==
			STORE_ERROR)
		return;
	if (follow.account == 0) {
		follow.account = account.id;
		if (store_follow_put(service->store, &follow) != STORE_OK)
			return;
	}
	/* Whoever does that knows that the service is there: it is no ordinary client's doing. */
	if (account.used_at == 0 &&
		store_account_used(service->store, account.id, request->now) != STORE_OK)
		return;
	send(service, request->arena, account.jid, "subscribed");
	if (!follow.shares)
		send(service, request->arena, account.jid, "subscribe");
	send_available(service, request->arena, account.jid);
}

/* 3.1.6: what was not asked for is not taken. The presence again, since only now a PEP service is
 * to look what it is to notify of. */
static void subscribed(struct request *request)
{
	struct service *service = request->service;
	struct store_account account;
	struct store_follow follow;

	if (find(request, &account, &follow) != STORE_OK || follow.shares)
		return;
	follow.shares = true;
	if (store_follow_put(service->store, &follow) != STORE_OK)
		return;
	send_available(service, request->arena, account.jid);
	pep_read(request, &account, &follow);
}

/* 3.2.3: it doesn't let itself be seen any more, or never did. */
static void unsubscribed(struct request *request)
{
	struct store_account account;
	struct store_follow follow;

	if (find(request, &account, &follow) != STORE_OK || !follow.shares)
		return;
	follow.shares = false;
	follow.seen = NULL;
	store_follow_put(request->service->store, &follow);
}

/* 3.3.3 */
static void unsubscribe(struct request *request)
{
	struct service *service = request->service;
	struct store_account account;
	struct store_follow follow;

	if (find(request, &account, &follow) != STORE_OK ||
		store_follow_remove(service->store, account.id) != STORE_OK)
		return;
	send(service, request->arena, account.jid, "unavailable");
	send(service, request->arena, account.jid, "unsubscribe");
}

void presence_end(struct service *service, struct arena *arena, const struct store_account *account)
{
	struct store_follow follow;

	if (store_follow_get(service->store, arena, account->id, &follow) != STORE_OK)
		return;
	send(service, arena, account->jid, "unsubscribed");
	send(service, arena, account->jid, "unsubscribe");
}

/* ---- Logins ---- */

/* The account is alive, and its roster may be another. */
static int sign_of_life(struct request *request, struct store_account *account)
{
	struct service *service = request->service;

	if (account->opened_at == 0)
		return 0;
	if (store_account_seen(service->store, account, request->now) != STORE_OK)
		return -1;
	return privilege_ask_roster(service, request->arena, account, request->now);
}

/* 4.3.2 */
static void probe(struct request *request)
{
	struct store_account account;
	struct store_follow follow;

	switch (find(request, &account, &follow)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		send(request->service, request->arena, request->from.bare, "unsubscribed");
		return;
	case STORE_ERROR:
		return;
	}
	send_available(request->service, request->arena, account.jid);
	if (follow.shares && sign_of_life(request, &account) == 0)
		pep_read(request, &account, &follow);
}

/* Of an account that shares its presence, of one that directs it here, or by managed_entity of any
 * (XEP-0356, 6). */
static void available(struct request *request)
{
	struct service *service = request->service;
	struct store_account account = {.id = 0};
	struct store_follow follow = {.account = 0};

	if (find(request, &account, &follow) == STORE_ERROR || account.id == 0 ||
		sign_of_life(request, &account))
		return;
	/* In the second in which the stream began, nobody knows which was first. */
	if (!follow.shares || follow.read_at > service->walk.began_at)
		return;
	send_available(service, request->arena, account.jid);
	follow.read_at = 0; /* a stream may be a short one */
	pep_read(request, &account, &follow);
}

/* ---- What comes ---- */

static const struct {
	const char *type;
	void (*handle)(struct request *request);
	bool is_refused; /* to who isn't served */
} types[] = {
	{"", available, false},
	{"probe", probe, true},
	{"subscribe", subscribe, true},
	{"subscribed", subscribed, false},
	{"unsubscribe", unsubscribe, false},
	{"unsubscribed", unsubscribed, false},
};

void presence_received(struct request *request)
{
	const char *type = xml_get(request->iq, "type");

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(type ? type : "", types[i].type) != 0)
			continue;
		if (request->is_served)
			types[i].handle(request);
		else if (types[i].is_refused)
			send(request->service, request->arena, request->from.bare, "unsubscribed");
	}
}

/* ---- The walk ---- */

void presence_up(struct service *service, int64_t now)
{
	service->walk = (struct presence_walk){.is_under_way = true, .began_at = now};
}

void presence_down(struct service *service)
{
	service->walk.is_under_way = false;
}

int64_t presence_walk_wait_ms(const struct service *service, int64_t now_ms)
{
	if (!service->walk.is_under_way)
		return -1;
	return service->walk.next_ms > now_ms ? service->walk.next_ms - now_ms : 0;
}

struct step {
	struct service *service;
	struct arena *arena;
	size_t count;
};

static void probe_row(void *context, int64_t account, const char *jid)
{
	struct step *step = context;

	step->count++;
	step->service->walk.after = account;
	if (settings_serves(step->service->settings, jid))
		send(step->service, step->arena, jid, "probe");
}

int presence_walk_step(struct service *service, int64_t now_ms)
{
	struct step step = {.service = service, .arena = arena_new(0)};
	int result = -1;

	if (step.arena && store_follow_list(service->store, step.arena, service->walk.after,
				  WALK_PROBES, probe_row, &step) == STORE_OK)
		result = 0;
	service->walk.is_under_way = result != 0 || step.count == WALK_PROBES;
	service->walk.next_ms = now_ms + WALK_STEP_MS;
	arena_free(step.arena);
	return result;
}
