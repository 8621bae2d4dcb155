/* Messages that come in. A headline or push is only a reason to sync; what came from anybody but
 * whom it must come from is ignored. XEP-0060, 7.1.2.1; XEP-0280 v1.0, 11; XEP-0313, 7; XEP-0359;
 * XEP-0372; XEP-0380; XEP-0461. */
#include "config.h"

#include "plugin/receive.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/item_uri.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "plugin/chats.h"
#include "plugin/client.h"
#include "plugin/job.h"
#include "plugin/stanza.h"
#include "plugin/sync.h"

#define ID_MAX 1000 /* bytes of a message's id that is remembered */
#define CODE_LEN 4  /* digits: command_matters.c */
#define NS_MUC_USER "http://jabber.org/protocol/muc#user" /* XEP-0045 */

static void log_forged(const char *what, const char *from)
{
	static struct log_budget budget;
	char shown[256];

	log_rarely(&budget, LOG_LEVEL_WARN, "receive: %s from %s is ignored", what,
		log_escape(shown, sizeof(shown), from ? from : "nobody"));
}

static bool is_type(const struct xml *message, const char *type)
{
	const char *own = xml_get(message, "type");

	return strcmp(own ? own : "normal", type) == 0; /* RFC 6121, 5.2.2 */
}

/* True if the message was told before. XEP-0359, 3: by its sender's own id. */
static bool is_repeated(struct kith *kith, const struct xml *message, const char *from)
{
	const char *id = xml_get(xml_child(message, NS_SID, "origin-id"), "id");
	bool fresh = true;

	if (!id)
		id = xml_get(message, "id");
	if (id && strlen(id) <= ID_MAX &&
		state_seen(kith->state, from, id, client_now(kith), &fresh) != 0)
		return false;
	return !fresh;
}

/* ---- Cards ---- */
/* In a group chat: shown, no more. */
static enum kith_fed show_room_card(
	struct kith *kith, const struct jid *from, const struct vcard *card)
{
	struct event event;

	event_init(&event, KITH_EVENT_CARD);
	event_add(&event, "from", from->resource ? from->resource : from->bare);
	event_add(&event, "room", from->bare);
	event_add(&event, "about", vcard_jid(card));
	event_add(&event, "passed_on", "true"); /* who a nickname is, nobody can tell */
	event_add_card(&event, card, kith->region);
	client_tell(kith, NULL, &event);
	return KITH_FED_TOLD;
}

static enum kith_fed receive_card(
	struct kith *kith, const struct jid *from, const struct vcard *card)
{
	struct event event;
	const char *n;
	struct state_card stored = {
		.from = from->bare,
		.about = vcard_jid(card),
		.card = vcard_to_xml_string(kith->scratch, card, NULL),
		.at = client_now(kith),
	};

	if (!stored.card || state_card_add(kith->state, &stored) != 0)
		return KITH_FED_OTHER;
	n = arena_printf(kith->scratch, "%" PRId64, stored.n);
	event_init(&event, KITH_EVENT_CARD);
	event_add(&event, "n", n);
	event_add(&event, "from", from->bare);
	event_add(&event, "about", stored.about);
	if (!stored.about || strcmp(stored.about, from->bare) != 0)
		event_add(&event, "passed_on", "true");
	event_add_card(&event, card, kith->region);
	event_add_choice(&event, "save it", arena_printf(kith->scratch, "save %s", n));
	job_offer(kith, &event, (const char *const[]){"save", n}, 2);
	client_tell(kith, NULL, &event);
	return KITH_FED_TOLD;
}

/* ---- Pushes ---- */
/* XEP-0439, 4.2: what the service offers; its actions are a word, a slash and a token, of which the
 * first digits are the code that `yes` and `no` take. */
static void add_answers(struct kith *kith, const struct xml *message, struct event *event)
{
	for (const struct xml *action = xml_child(message, NS_QUICK_RESPONSE, "action"); action;
		action = xml_next(action, NS_QUICK_RESPONSE, "action")) {
		const char *id = xml_get(action, "id"), *label = xml_get(action, "label");
		const char *slash = id ? strchr(id, '/') : NULL;

		if (!slash || strspn(slash + 1, "0123456789abcdef") < CODE_LEN)
			continue;
		event_add_choice(event, label ? label : "",
			arena_printf(kith->scratch, "%s %.*s",
				strncmp(id, "no/", 3) == 0 ? "no" : "yes", CODE_LEN, slash + 1));
	}
}

/* XEP-0461: the service offers to save a card that came in somebody's name, which was told
 * already, with an offer to save it. */
static bool is_about_told_card(struct kith *kith, const struct xml *message)
{
	const struct xml *reply = xml_child(message, NS_REPLY, "reply");
	const char *to = xml_get(reply, "to"), *id = xml_get(reply, "id");
	struct jid sender;

	return to && id && jid_parse(&sender, kith->scratch, to) == 0 &&
	       state_has_seen(kith->state, sender.bare, id);
}

static enum kith_fed receive_push(
	struct kith *kith, const struct xml *message, const struct jid *from)
{
	const char *body = xml_child_text(kith->scratch, message, "body");
	struct event event;

	if (!body || !*body)
		return KITH_FED_OTHER;
	if (is_about_told_card(kith, message))
		return KITH_FED_OWN;
	if (is_repeated(kith, message, from->bare))
		return KITH_FED_TOLD;
	event_init(&event, KITH_EVENT_PUSH);
	event_add(&event, "from", from->bare);
	event_add(&event, "text", body);
	event_add(&event, "item",
		item_uri_referred(kith->scratch, message, kith->service, NODE_CONTACTS));
	add_answers(kith, message, &event);
	client_tell(kith, NULL, &event);
	sync_hint(kith, NULL);
	return KITH_FED_TOLD;
}

/* ---- What is said from one to another ---- */
static bool is_encrypted(const struct xml *message)
{
	/* XEP-0380, 3, and those that came before it. */
	return xml_child(message, NS_EME, "encryption") ||
	       xml_child(message, "eu.siacs.conversations.axolotl", "encrypted") ||
	       xml_child(message, "urn:xmpp:omemo:2", "encrypted") ||
	       xml_child(message, "urn:xmpp:openpgp:0", "openpgp") ||
	       xml_child(message, "jabber:x:encrypted", "x");
}

/* archived: from an archive, perhaps long ago. */
static enum kith_fed receive_said(struct kith *kith, const struct xml *message, bool archived)
{
	const char *sender = xml_get(message, "from");
	const struct vcard *card;
	bool from_service, in_room;
	struct jid from;

	/* Who needs preparation isn't who he would be then. */
	if (!sender || jid_parse(&from, kith->scratch, sender) != 0 ||
		!jid_is_prepared(&from, sender) || strcmp(from.bare, kith->jid) == 0)
		return KITH_FED_OTHER;
	card = card_of_message(kith->scratch, message);
	if (is_type(message, "groupchat")) {
		/* What was said before one came in is told at each entry (XEP-0045, 7.2.15). */
		if (!card || archived || xml_child(message, NS_DELAY, "delay"))
			return KITH_FED_OTHER;
		return show_room_card(kith, &from, card);
	}
	if (!is_type(message, "chat") && !is_type(message, "normal"))
		return KITH_FED_OTHER;
	from_service = kith->service && strcmp(from.full, kith->service) == 0;
	if (from_service && !card)
		return receive_push(kith, message, &from);
	in_room = xml_child(message, NS_MUC_USER, "x") != NULL;
	if (!from_service && !in_room && !archived &&
		(is_encrypted(message) || xml_child(message, NULL, "body")))
		chats_set(kith->chats, from.bare, is_encrypted(message), false);
	if (!card)
		return KITH_FED_OTHER;
	if (is_repeated(kith, message, from.bare))
		return KITH_FED_TOLD;
	return in_room ? show_room_card(kith, &from, card) : receive_card(kith, &from, card);
}

/* ---- What is about a message ---- */
static bool is_own_bare(const struct kith *kith, const char *from)
{
	return from && strcmp(from, kith->jid) == 0;
}

static enum kith_fed receive_carbon(struct kith *kith, const char *from, const struct xml *carbon)
{
	const struct xml *inner =
		xml_child(xml_child(carbon, NS_FORWARD, "forwarded"), NS_CLIENT, "message");

	if (!is_own_bare(kith, from)) { /* XEP-0280, 11 */
		log_forged("a carbon", from);
		return KITH_FED_OTHER;
	}
	/* What we sent ourselves from another device is no card for us. */
	if (strcmp(carbon->name, "received") != 0 || !inner)
		return KITH_FED_OTHER;
	return receive_said(kith, inner, false);
}

static enum kith_fed receive_archived(
	struct kith *kith, const char *from, const struct xml *message)
{
	const struct xml *result = xml_child(message, NS_MAM, "result");
	const struct xml *inner =
		xml_child(xml_child(result, NS_FORWARD, "forwarded"), NS_CLIENT, "message");

	if (from && kith->service && strcmp(from, kith->service) == 0)
		return sync_result(kith, message) ? KITH_FED_OWN : KITH_FED_OTHER;
	/* A group chat's archive is the host's business. */
	if (from && !is_own_bare(kith, from)) {
		if (card_of_message(kith->scratch, inner))
			log_forged("an archived card", from);
		return KITH_FED_OTHER;
	}
	return inner ? receive_said(kith, inner, true) : KITH_FED_OTHER;
}

static enum kith_fed receive_event(
	struct kith *kith, const char *from, const struct xml *message, const struct xml *event)
{
	const char *node = xml_get(xml_child(event, NULL, "items"), "node");
	const struct xml *id = xml_child(message, NS_SID, "stanza-id");

	if (!from || !kith->service || strcmp(from, kith->service) != 0) {
		if (node && strcmp(node, NODE_CONTACTS) == 0)
			log_forged("a change of the address book", from);
		return KITH_FED_OTHER;
	}
	if (node && strcmp(node, NODE_CONTACTS) == 0)
		sync_hint(kith, xml_get(id, "id"));
	return KITH_FED_OWN;
}

/* A card that we sent came back. RFC 6120, 8.3. */
static enum kith_fed receive_bounce(struct kith *kith, const struct xml *message)
{
	const char *from = xml_get(message, "from");
	struct event event;

	if (!client_is_own_id(kith, xml_get(message, "id")))
		return KITH_FED_OTHER;
	event_init(&event, KITH_EVENT_ERROR);
	event_add(&event, "text",
		arena_printf(kith->scratch, "The card did not reach %s.", from ? from : "anybody"));
	client_tell(kith, NULL, &event);
	return KITH_FED_OWN;
}

enum kith_fed receive_message(struct kith *kith, const struct xml *message)
{
	const char *from = xml_get(message, "from");
	const struct xml *child;

	if (is_type(message, "error"))
		return receive_bounce(kith, message);
	if ((child = xml_child(message, NS_CARBONS, "received")) ||
		(child = xml_child(message, NS_CARBONS, "sent")))
		return receive_carbon(kith, from, child);
	if (xml_child(message, NS_MAM, "result"))
		return receive_archived(kith, from, message);
	if ((child = xml_child(message, NS_PUBSUB_EVENT, "event")))
		return receive_event(kith, from, message, child);
	return receive_said(kith, message, false);
}
