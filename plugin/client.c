/* The client object: its making, its connection, and what passes through it. */
#include "config.h"

#include "plugin/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/monotonic.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/xml.h"
#include "plugin/chats.h"
#include "plugin/discover.h"
#include "plugin/job.h"
#include "plugin/receive.h"
#include "plugin/request.h"
#include "plugin/sync.h"
#include "plugin/who.h"

#define TIMEOUT_S 30
#define LOOK_FIRST_S                                                                               \
	5 /* before a service that was there is looked for again; doubled each time                \
	   */
#define LOOK_MOST_S 600
#define SLICE_MS 50 /* that a call of the host may take, where there is much to work on */

/* As the component takes them, but for the elements: a card of as many properties as are allowed
 * has to come through. */
static const struct xml_limits limits = {
	.bytes = 512 * 1024, .depth = 32, .elements = 20000, .attributes = 64};

/* ---- Making ---- */
/* Copies what options say of the account. */
static int set_account(struct kith *kith, const struct kith_options *options, const char **why)
{
	struct jid jid, service;
	struct arena *arena = kith->scratch;

	*why = "the account's JID is missing or none";
	if (!options->jid || jid_parse(&jid, arena, options->jid) != 0 || !jid.local)
		return -1;
	*why = "the service's JID is none";
	if (options->service && jid_parse(&service, arena, options->service) != 0)
		return -1;
	*why = "there is no such region (two letters, as GB)";
	if (options->region && *options->region && !phone_is_region(options->region))
		return -1;
	*why = "out of memory";
	if (options->service && !(kith->fixed_service = strdup(service.bare)))
		return -1;
	kith->jid = strdup(jid.bare);
	kith->domain = strdup(jid.domain);
	kith->region = strdup(options->region ? options->region : "");
	kith->name = strdup(options->name && *options->name ? options->name : jid.local);
	return kith->jid && kith->domain && kith->region && kith->name ? 0 : -1;
}

static int set_id_prefix(struct kith *kith)
{
	unsigned char random[8];
	size_t len = 0;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	len += (size_t)snprintf(kith->id_prefix, sizeof(kith->id_prefix), "kith");
	for (size_t i = 0; i < sizeof(random); i++)
		len += (size_t)snprintf(
			kith->id_prefix + len, sizeof(kith->id_prefix) - len, "%02x", random[i]);
	return 0;
}

struct kith *kith_new(
	const struct kith_host *host, const struct kith_options *options, void *context, char **why)
{
	struct kith *kith = calloc(1, sizeof(*kith));
	const char *reason = "out of memory";
	char *detail = NULL;

	if (!kith || !(kith->scratch = arena_new(0)))
		goto fail;
	kith->host = *host;
	kith->context = context;
	kith->timeout_s = options->timeout_s ? options->timeout_s : TIMEOUT_S;
	kith->on_demand = options->on_demand;
	if (set_account(kith, options, &reason) != 0)
		goto fail;
	reason = "no randomness";
	if (set_id_prefix(kith) != 0)
		goto fail;
	reason = "out of memory";
	kith->sync = sync_new();
	kith->chats = chats_new();
	if (!kith->sync || !kith->chats)
		goto fail;
	kith->state = state_open(options->state, kith->jid, &detail);
	if (!kith->state)
		goto fail;
	if (options->book && !(kith->book = book_open(options->book, &detail)))
		goto fail;
	reason = "the state can't be written";
	/* Several programs of one account may share a state, but not all have the same book. */
	if (kith->book && state_set_book(kith->state, kith->book->id) != 0)
		goto fail;
	arena_reset(kith->scratch);
	return kith;
fail:
	if (why)
		*why = detail ? detail : strdup(reason);
	else
		free(detail);
	kith_free(kith);
	return NULL;
}

void kith_free(struct kith *kith)
{
	if (!kith)
		return;
	request_drop_all(kith);
	if (kith->sync)
		job_sweep(kith, true);
	sync_free(kith->sync);
	chats_free(kith->chats);
	offer_free(kith->offer);
	book_close(kith->book);
	state_close(kith->state);
	arena_free(kith->scratch);
	free(kith->jid);
	free(kith->domain);
	free(kith->region);
	free(kith->name);
	free(kith->fixed_service);
	free(kith->service);
	free(kith);
}

/* ---- Passing through ---- */
void client_enter(struct kith *kith)
{
	if (kith->depth++ == 0)
		kith->late_at_ms = monotonic_ms() + SLICE_MS;
}

bool client_is_late(const struct kith *kith)
{
	return monotonic_ms() >= kith->late_at_ms;
}

void client_leave(struct kith *kith)
{
	if (--kith->depth > 0)
		return;
	job_sweep(kith, false);
	arena_reset(kith->scratch);
}

int64_t client_now(struct kith *kith)
{
	return kith->host.now ? kith->host.now(kith->context) : (int64_t)time(NULL);
}

const char *client_new_id(struct kith *kith)
{
	return arena_printf(
		kith->scratch, "%s-%llu", kith->id_prefix, (unsigned long long)++kith->last_id);
}

bool client_is_own_id(const struct kith *kith, const char *id)
{
	size_t len = strlen(kith->id_prefix);

	return id && strncmp(id, kith->id_prefix, len) == 0 && id[len] == '-';
}

int client_send(struct kith *kith, const struct xml *stanza)
{
	struct buffer out;
	const char *text;
	int result = -1;

	if (kith->phase == CLIENT_OFFLINE || !stanza || arena_failed(kith->scratch))
		return -1;
	buffer_init(&out, 0);
	xml_write(&out, stanza, NS_CLIENT);
	text = buffer_string(&out);
	if (text && kith->attached_send)
		result = kith->attached_send(kith->attached, text, out.len);
	else if (text && kith->host.send)
		result = kith->host.send(kith->context, text, out.len);
	buffer_clear(&out);
	return result;
}

void client_tell(struct kith *kith, const struct job *job, struct event *event)
{
	event->told.spontaneous = !job || job->spontaneous;
	event->told.tag = event->told.spontaneous ? 0 : job->tag;
	if (kith->host.event)
		kith->host.event(kith->context, &event->told);
}

/* ---- The connection ---- */
/* Where there was a service, it may only not be back yet: a server that starts lets people in
 * before the service has come. */
static void look_again_later(struct kith *kith)
{
	const char *last = NULL;

	if (state_get_service(kith->state, kith->scratch, &last) != 0 || !last)
		return;
	kith->look_wait_s = kith->look_wait_s ? 2 * kith->look_wait_s : LOOK_FIRST_S;
	if (kith->look_wait_s > LOOK_MOST_S)
		kith->look_wait_s = LOOK_MOST_S;
	kith->look_at = client_now(kith) + kith->look_wait_s;
}

static void look_again(struct kith *kith)
{
	if (kith->phase != CLIENT_ALONE || kith->look_at == 0 || kith->look_at > client_now(kith))
		return;
	kith->look_at = 0;
	kith->phase = CLIENT_FINDING;
	discover(kith);
}

static void tell_found(struct kith *kith)
{
	struct event event;

	if (kith->service) {
		event_init(&event, KITH_EVENT_READY);
		event_add(&event, "service", kith->service);
	} else if (kith->look_wait_s == 0) { /* the first time */
		event_init(&event, KITH_EVENT_NOTE);
		event_add(&event, "text", "The server has no address book service.");
	} else {
		return;
	}
	client_tell(kith, NULL, &event);
}

void client_found(struct kith *kith, const char *jid)
{
	char *copy = jid ? strdup(jid) : NULL;

	if (copy && state_set_service(kith->state, copy) != 0) {
		free(copy);
		copy = NULL;
	}
	free(kith->service);
	kith->service = copy;
	kith->phase = copy ? CLIENT_READY : CLIENT_ALONE;
	tell_found(kith);
	if (!copy)
		look_again_later(kith);
	sync_reset(kith);
	job_service_known(kith, copy != NULL);
	sync_tick(kith);
}

int kith_online(struct kith *kith, const char *full_jid)
{
	struct jid jid;
	int result = -1;

	client_enter(kith);
	if (jid_parse(&jid, kith->scratch, full_jid) != 0 || strcmp(jid.bare, kith->jid) != 0)
		goto out;
	result = 0;
	if (kith->phase != CLIENT_OFFLINE)
		kith_offline(kith);
	kith->phase = CLIENT_FINDING;
	kith->look_at = kith->look_wait_s = 0;
	if (kith->fixed_service)
		client_found(kith, kith->fixed_service);
	else
		discover(kith);
out:
	client_leave(kith);
	return result;
}

void kith_offline(struct kith *kith)
{
	client_enter(kith);
	if (kith->phase != CLIENT_OFFLINE) {
		kith->phase = CLIENT_OFFLINE;
		request_fail_all(kith);
		job_offline(kith);
		sync_reset(kith);
	}
	client_leave(kith);
}

enum kith_fed kith_feed(struct kith *kith, const char *stanza, size_t len)
{
	enum kith_fed fed = KITH_FED_OTHER;
	const struct xml *element;
	const char *type;

	client_enter(kith);
	element = xml_parse(kith->scratch, stanza, len, NS_CLIENT, &limits, NULL);
	type = xml_get(element, "type");
	if (kith->phase == CLIENT_OFFLINE)
		fed = KITH_FED_OTHER;
	else if (xml_is(element, NS_CLIENT, "message"))
		fed = receive_message(kith, element);
	else if (xml_is(element, NS_CLIENT, "iq") && type &&
		 (strcmp(type, "result") == 0 || strcmp(type, "error") == 0))
		fed = request_answered(kith, element) ? KITH_FED_OWN : KITH_FED_OTHER;
	client_leave(kith);
	return fed;
}

void kith_tick(struct kith *kith)
{
	client_enter(kith);
	request_expire(kith);
	look_again(kith);
	sync_tick(kith);
	job_tick(kith);
	client_leave(kith);
}

bool kith_busy(const struct kith *kith)
{
	return sync_is_working(kith) || job_is_working(kith);
}

void kith_set_encrypted(struct kith *kith, const char *bare_jid, bool encrypted)
{
	struct jid jid;

	client_enter(kith);
	if (jid_parse(&jid, kith->scratch, bare_jid) == 0)
		chats_set(kith->chats, jid.bare, encrypted, true);
	client_leave(kith);
}

void kith_command(struct kith *kith, unsigned tag, const char *const *argv, size_t count,
	const struct kith_place *place)
{
	client_enter(kith);
	job_start(kith, tag, false, argv, count, place);
	client_leave(kith);
}

const char *kith_version(void)
{
	return PACKAGE_VERSION;
}
