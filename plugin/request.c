/* Requests: a list of iqs that wait for their answer. RFC 6120, 8.2.3. */
#include "config.h"

#include "plugin/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "plugin/client.h"

struct request {
	struct request *next;
	char *id;
	char *to; /* NULL: one's own server or account */
	int64_t deadline;
	request_done *done;
	void *context;
};

static void request_free(struct request *request)
{
	if (!request)
		return;
	free(request->id);
	free(request->to);
	free(request);
}

/* Takes *at out of the list, tells it, frees it. */
static void finish(struct kith *kith, struct request **at, const struct reply *reply)
{
	struct request *request = *at;

	*at = request->next;
	request->done(request->context, kith, reply);
	request_free(request);
}

static const struct reply reply_offline = {.kind = REPLY_NOTHING, .text = "the connection is gone"};
static const struct reply reply_late = {.kind = REPLY_NOTHING, .text = "no answer came in time"};

void request_send(struct kith *kith, struct xml *iq, request_done *done, void *context)
{
	struct request *request = calloc(1, sizeof(*request));
	const char *to = xml_get(iq, "to");
	const char *id = xml_get(iq, "id");

	if (!request || !id || !(request->id = strdup(id)) || (to && !(request->to = strdup(to)))) {
		log_error("request: out of memory");
		request_free(request);
		done(context, kith,
			&(struct reply){.kind = REPLY_NOTHING, .text = "out of memory"});
		return;
	}
	request->deadline = client_now(kith) + kith->timeout_s;
	request->done = done;
	request->context = context;
	request->next = kith->requests;
	kith->requests = request;
	/* The host may have failed it already, by kith_offline() within its send function. */
	if (client_send(kith, iq) != 0 && kith->requests == request)
		finish(kith, &kith->requests, &reply_offline);
}

void request_forget(struct kith *kith, const void *context)
{
	struct request **at = &kith->requests;

	while (*at) {
		struct request *request = *at;

		if (request->context != context) {
			at = &request->next;
			continue;
		}
		*at = request->next;
		request_free(request);
	}
}

/* The name of the error's condition, and a text for a person. RFC 6120, 8.3.2. */
static void read_error(struct arena *arena, const struct xml *iq, struct reply *reply)
{
	const struct xml *error = xml_child(iq, NULL, "error");
	const struct xml *child;
	const char *text = NULL;

	reply->condition = "undefined-condition";
	for (child = error ? error->first : NULL; child; child = child->next) {
		if (!child->name || strcmp(child->ns, NS_STANZA_ERROR) != 0)
			continue;
		if (strcmp(child->name, "text") == 0)
			text = xml_text(arena, child);
		else
			reply->condition = child->name;
	}
	reply->text = text && *text ? text : reply->condition;
}

bool request_answered(struct kith *kith, const struct xml *iq)
{
	const char *id = xml_get(iq, "id");
	const char *from = xml_get(iq, "from");
	const char *type = xml_get(iq, "type");
	struct reply reply = {.kind = REPLY_RESULT, .iq = iq};

	for (struct request **at = &kith->requests; id && *at; at = &(*at)->next) {
		if (strcmp((*at)->id, id) != 0)
			continue;
		/* 8.1.2.1: without `from` it is from one's own account. */
		if (from && (!(*at)->to || strcmp(from, (*at)->to) != 0)) {
			static struct log_budget budget;
			char shown[256];

			log_rarely(&budget, LOG_LEVEL_WARN,
				"request: an answer from %s, who wasn't asked, is ignored",
				log_escape(shown, sizeof(shown), from));
			return false;
		}
		if (type && strcmp(type, "error") == 0) {
			reply.kind = REPLY_ERROR;
			read_error(kith->scratch, iq, &reply);
		}
		finish(kith, at, &reply);
		return true;
	}
	return false;
}

void request_expire(struct kith *kith)
{
	int64_t now = client_now(kith);
	struct request **at = &kith->requests;

	while (*at) {
		if ((*at)->deadline > now) {
			at = &(*at)->next;
			continue;
		}
		finish(kith, at, &reply_late);
		at = &kith->requests; /* the list may have changed */
	}
}

void request_fail_all(struct kith *kith)
{
	while (kith->requests)
		finish(kith, &kith->requests, &reply_offline);
}

void request_drop_all(struct kith *kith)
{
	while (kith->requests) {
		struct request *request = kith->requests;

		kith->requests = request->next;
		request_free(request);
	}
}
