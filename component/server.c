/* What the server grants us: XEP-0355, version 0.5, 4.2; XEP-0356, version 0.4.1, 4.2, 5.2.
 *
 * ejabberd takes all back without a word when another connection of the same domain ends: such as
 * our own last one, when it finds out late that this is dead. So a delegation is tested: the
 * service's own request for the domain's vCard must come back to it, and its answer too. Where that
 * was always refused (Prosody doesn't hand over what comes from us), nothing can be told by it. */
#include "component/server.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"

#define SETTLE_MS 1000	    /* from the beginning of a stream */
#define TEST_SOON_MS 10000  /* from the first test to the second */
#define TEST_MS 60000	    /* from then on */
#define ANSWER_MS 35000	    /* ejabberd gives up after 32 s */
#define ANEW_FIRST_MS 10000 /* between reconnects */
#define ANEW_LAST_MS 640000
#define DOMAINS_MAX 64 /* that can grant something */
#define ID_SIZE 48

struct domain {
	char *name;
	const char *granted[SERVER_GRANTS]; /* the namespace; NULL: not */
	bool can_be_tested;		    /* a test of ours came through, on any stream */
	/* On this stream: */
	unsigned passed;  /* tests */
	bool is_waiting;  /* for the answer to one */
	bool is_hopeless; /* the first failed, as it always did */
	int64_t sent_ms;  /* the last; 0: none was */
	char id[ID_SIZE]; /* of it */
};

struct server {
	struct domain domains[DOMAINS_MAX];
	size_t count;
	struct arena *arena; /* of what is sent */
	bool is_up;
	bool is_changed; /* what is granted, since it was logged */
	bool is_revoked;
	int64_t settled_ms;   /* when what is granted on the stream is known, presumably */
	int64_t anew_ms;      /* no reconnect before that */
	int64_t anew_wait_ms; /* between the next two */
	char stream_id[ID_SIZE];
};

struct server *server_new(void)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->anew_wait_ms = ANEW_FIRST_MS;
	server->arena = arena_new(0);
	if (server->arena)
		return server;
	free(server);
	return NULL;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < server->count; i++)
		free(server->domains[i].name);
	arena_free(server->arena);
	free(server);
}

static void make_id(struct server *server, char id[ID_SIZE])
{
	const char *text = service_random_id(server->arena);

	id[0] = '\0';
	if (text && strlen(text) < ID_SIZE)
		memcpy(id, text, strlen(text) + 1);
	arena_reset(server->arena);
}

void server_up(struct server *server, int64_t now_ms)
{
	server_down(server);
	server->is_up = server->is_changed = true;
	server->settled_ms = now_ms + SETTLE_MS;
	make_id(server, server->stream_id);
}

void server_down(struct server *server)
{
	server->is_up = server->is_changed = server->is_revoked = false;
	for (size_t i = 0; i < server->count; i++) {
		struct domain *domain = &server->domains[i];

		memset(domain->granted, 0, sizeof(domain->granted));
		domain->passed = 0;
		domain->is_waiting = domain->is_hopeless = false;
		domain->sent_ms = 0;
	}
}

const char *server_stream_id(const struct server *server)
{
	return server->stream_id;
}

static struct domain *find(const struct server *server, const char *name)
{
	for (size_t i = 0; i < server->count; i++)
		if (strcmp(server->domains[i].name, name) == 0)
			return (struct domain *)&server->domains[i];
	return NULL;
}

/* A domain of the conf, which has something to say. */
static struct domain *find_sender(
	struct server *server, const struct settings *settings, const struct jid *from)
{
	struct domain *domain = find(server, from->full);
	char *const *name = settings->domains;

	while (*name && strcmp(*name, from->full) != 0)
		name++;
	if (!*name || domain || server->count == DOMAINS_MAX)
		return *name ? domain : NULL;
	domain = &server->domains[server->count];
	memset(domain, 0, sizeof(*domain));
	domain->name = strdup(from->full);
	if (!domain->name)
		return NULL;
	server->count++;
	return domain;
}

static void grant(
	struct server *server, struct domain *domain, enum server_grant what, const char *ns)
{
	if (domain->granted[what])
		return;
	domain->granted[what] = ns;
	server->is_changed = true;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* XEP-0356, 4.2, 5.2 */
static void read_privileges(
	struct server *server, struct domain *domain, const struct xml *privilege, const char *ns)
{
	for (const struct xml *perm = xml_child(privilege, NULL, "perm"); perm;
		perm = xml_next(perm, NULL, "perm")) {
		const char *access = or_empty(xml_get(perm, "access"));
		const char *type = or_empty(xml_get(perm, "type"));

		if (strcmp(access, "roster") == 0 &&
			(strcmp(type, "get") == 0 || strcmp(type, "both") == 0))
			grant(server, domain, SERVER_ROSTER, ns);
		else if (strcmp(access, "message") == 0 && strcmp(type, "outgoing") == 0)
			grant(server, domain, SERVER_MESSAGES, ns);
	}
}

/* XEP-0355, 4.2 */
static void read_delegations(
	struct server *server, struct domain *domain, const struct xml *delegation, const char *ns)
{
	for (const struct xml *delegated = xml_child(delegation, NULL, "delegated"); delegated;
		delegated = xml_next(delegated, NULL, "delegated")) {
		const char *what = or_empty(xml_get(delegated, "namespace"));

		if (strcmp(what, NS_VCARD_TEMP) == 0)
			grant(server, domain, SERVER_TEMP, ns);
		else if (strcmp(what, NS_VCARD4) == 0)
			grant(server, domain, SERVER_VCARD4, ns);
	}
}

bool server_advert(struct server *server, const struct settings *settings, const struct jid *from,
	const struct xml *message)
{
	static const struct {
		const char *ns, *name;
		void (*read)(struct server *server, struct domain *domain,
			const struct xml *element, const char *ns);
	} adverts[] = {{NS_PRIVILEGE_1, "privilege", read_privileges},
		{NS_PRIVILEGE_2, "privilege", read_privileges},
		{NS_DELEGATION_1, "delegation", read_delegations},
		{NS_DELEGATION_2, "delegation", read_delegations}};
	bool is_one = false;

	for (size_t i = 0; i < sizeof(adverts) / sizeof(*adverts); i++) {
		const struct xml *element = xml_child(message, adverts[i].ns, adverts[i].name);
		struct domain *domain = element ? find_sender(server, settings, from) : NULL;

		is_one = is_one || element;
		if (domain && server->is_up)
			adverts[i].read(server, domain, element, adverts[i].ns);
	}
	return is_one;
}

const char *server_grants(const struct server *server, const char *domain, enum server_grant grant)
{
	const struct domain *found = find(server, domain);

	return found ? found->granted[grant] : NULL;
}

/* ---- Tests ---- */

static void send_test(struct server *server, struct service *service, struct domain *domain)
{
	struct arena *arena = server->arena;
	bool is_temp = domain->granted[SERVER_TEMP] != NULL;
	struct xml *iq = xml_new(arena, NS_COMPONENT, "iq");

	xml_set(arena, iq, "type", "get");
	xml_set(arena, iq, "from", service->settings->jid);
	xml_set(arena, iq, "to", domain->name);
	xml_set(arena, iq, "id", domain->id);
	xml_add(arena, iq, is_temp ? NS_VCARD_TEMP : NS_VCARD4, is_temp ? "vCard" : "vcard");
	if (!arena_failed(arena))
		service->send(service, iq);
	arena_reset(arena);
}

/* An error says nothing where it always came. A server that doesn't answer at all has given what is
 * ours to somebody else: a connection of ours that is dead. */
static void fail_test(struct server *server, struct domain *domain, bool is_late)
{
	domain->is_waiting = false;
	if (domain->can_be_tested || is_late)
		server->is_revoked = true;
	else
		domain->is_hopeless = true;
}

bool server_answer(struct server *server, const struct xml *iq)
{
	struct domain *domain = find(server, or_empty(xml_get(iq, "from")));

	if (!domain || !domain->is_waiting || strcmp(or_empty(xml_get(iq, "id")), domain->id) != 0)
		return false;
	if (strcmp(or_empty(xml_get(iq, "type")), "result") != 0) {
		fail_test(server, domain, false);
		return true;
	}
	domain->can_be_tested = true;
	domain->is_waiting = false;
	if (++domain->passed > 1)
		server->anew_wait_ms = ANEW_FIRST_MS;
	return true;
}

void server_revoked(struct server *server, const char *domain)
{
	struct domain *found = find(server, domain);

	if (found && (found->granted[SERVER_ROSTER] || found->granted[SERVER_MESSAGES]))
		server->is_revoked = true;
}

/* ---- The clock ---- */

static void log_grants(const struct server *server)
{
	char escaped[128];

	for (size_t i = 0; i < server->count; i++) {
		const struct domain *domain = &server->domains[i];
		const char *const *granted = domain->granted;

		log_info("server: roster: %s, messages: %s, vcard-temp: %s, vCard4: %s, PEP: per "
			 "account (%s)",
			granted[SERVER_ROSTER] ? "yes" : "no",
			granted[SERVER_MESSAGES] ? "yes" : "no",
			granted[SERVER_TEMP] ? "delegated" : "no",
			granted[SERVER_VCARD4] ? "delegated" : "no",
			log_escape(escaped, sizeof(escaped), domain->name));
	}
	if (server->count == 0)
		log_info("server: roster: no, messages: no, vcard-temp: no, vCard4: no, PEP: per "
			 "account");
}

/* When something is to be done for a domain: its next test, or its answer is late. */
static int64_t due_ms(const struct server *server, const struct domain *domain)
{
	if (domain->is_hopeless ||
		(!domain->granted[SERVER_TEMP] && !domain->granted[SERVER_VCARD4]))
		return INT64_MAX;
	if (domain->is_waiting)
		return domain->sent_ms + ANSWER_MS;
	if (domain->sent_ms == 0)
		return server->settled_ms;
	return domain->sent_ms + (domain->passed == 1 ? TEST_SOON_MS : TEST_MS);
}

static void tick_domain(
	struct server *server, struct service *service, struct domain *domain, int64_t now_ms)
{
	if (now_ms < due_ms(server, domain))
		return;
	if (domain->is_waiting) {
		fail_test(server, domain, true);
		return;
	}
	make_id(server, domain->id);
	domain->is_waiting = *domain->id != '\0';
	domain->sent_ms = now_ms;
	if (domain->is_waiting)
		send_test(server, service, domain);
}

bool server_tick(struct server *server, struct service *service, int64_t now_ms)
{
	if (!server->is_up)
		return false;
	if (server->is_changed && now_ms >= server->settled_ms) {
		server->is_changed = false;
		log_grants(server);
	}
	for (size_t i = 0; i < server->count; i++)
		tick_domain(server, service, &server->domains[i], now_ms);
	if (!server->is_revoked || now_ms < server->anew_ms)
		return false;
	log_warn("server: what was granted holds no more, and nothing was said: the link begins "
		 "anew");
	server->is_revoked = false;
	server->anew_ms = now_ms + server->anew_wait_ms;
	if (server->anew_wait_ms < ANEW_LAST_MS)
		server->anew_wait_ms *= 2;
	return true;
}

int64_t server_wait_ms(const struct server *server, int64_t now_ms)
{
	int64_t until = INT64_MAX;

	if (!server->is_up)
		return -1;
	if (server->is_changed)
		until = server->settled_ms;
	if (server->is_revoked && server->anew_ms < until)
		until = server->anew_ms;
	for (size_t i = 0; i < server->count; i++) {
		int64_t due = due_ms(server, &server->domains[i]);

		if (due < until)
			until = due;
	}
	if (until == INT64_MAX)
		return -1;
	return until > now_ms ? until - now_ms : 0;
}
