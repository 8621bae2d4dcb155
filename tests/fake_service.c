/* A host with a Kith service behind it, for the tests of libkith. */
#include "tests/fake_service.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"

/* ---- The host ---- */
static int host_send(void *context, const char *stanza, size_t len)
{
	struct fake *fake = context;

	ck_assert_uint_eq(strlen(stanza), len);
	ck_assert_uint_lt(fake->sent_count, FAKE_MAX);
	fake->sent[fake->sent_count++] = strdup(stanza);
	fake->queue[fake->queued++] = strdup(stanza);
	return 0;
}

static int64_t host_now(void *context)
{
	return ((struct fake *)context)->now;
}

static void host_event(void *context, const struct kith_event *event)
{
	struct fake *fake = context;
	char *text = kith_event_text(event);

	ck_assert_ptr_nonnull(text);
	free(text);
	ck_assert_uint_lt(fake->event_count, FAKE_MAX);
	fake->events[fake->event_count++] = kith_event_json(event);
	if (event->question) {
		fake->question = event->question;
		fake->choices = event->choice_count;
	}
}

void fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->now = 1700000000;
	fake->page_max = 50;
	strcpy(fake->dir, "/tmp/kith-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fake->dir));
}

void fake_start(struct fake *fake, bool book)
{
	struct kith_host host = {host_send, host_now, host_event};
	char book_dir[128], state_dir[128];
	char *why = NULL;
	struct kith_options options = {
		.jid = FAKE_FULL, .state = state_dir, .region = "GB", .service = NULL};

	snprintf(book_dir, sizeof(book_dir), "%s/book", fake->dir);
	snprintf(state_dir, sizeof(state_dir), "%s/state", fake->dir);
	options.book = book ? book_dir : NULL;
	fake->kith = kith_new(&host, &options, fake, &why);
	ck_assert_msg(fake->kith != NULL, "%s", why ? why : "no memory");
}

static void free_all(char **list, size_t *count)
{
	while (*count > 0)
		free(list[--*count]);
}

void fake_forget(struct fake *fake)
{
	free_all(fake->sent, &fake->sent_count);
	free_all(fake->events, &fake->event_count);
	fake->question = 0;
}

void fake_stop(struct fake *fake)
{
	kith_free(fake->kith);
	fake->kith = NULL;
	free_all(fake->queue, &fake->queued);
	fake_forget(fake);
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char child[512];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		if (unlink(child) != 0)
			remove_tree(child);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void fake_clear(struct fake *fake)
{
	fake_stop(fake);
	for (size_t i = 0; i < fake->item_count; i++) {
		free(fake->items[i].id);
		free(fake->items[i].card);
	}
	free(fake->profile);
	free(fake->settings);
	free(fake->undone);
	free(fake->decided);
	free(fake->introduced);
	free(fake->previewed);
	remove_tree(fake->dir);
}

/* ---- The book on the service ---- */
static struct fake_item *item_of(struct fake *fake, const char *id)
{
	for (size_t i = 0; i < fake->item_count; i++)
		if (strcmp(fake->items[i].id, id) == 0)
			return &fake->items[i];
	return NULL;
}

static void put_card(struct fake *fake, const char *id, const char *card)
{
	struct fake_item *item = item_of(fake, id);

	if (!item) {
		ck_assert_uint_lt(fake->item_count, FAKE_MAX);
		item = &fake->items[fake->item_count++];
		item->id = strdup(id);
	}
	free(item->card);
	item->card = card ? strdup(card) : NULL;
	item->version = ++fake->version;
	item->at = fake->now;
}

void fake_put(struct fake *fake, const char *id, const char *properties)
{
	char *card = NULL;

	if (properties)
		ck_assert_int_gt(
			asprintf(&card,
				"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>%s</vcard>",
				properties),
			0);
	put_card(fake, id, card);
	free(card);
}

const char *fake_get(const struct fake *fake, const char *id)
{
	for (size_t i = 0; i < fake->item_count; i++)
		if (strcmp(fake->items[i].id, id) == 0)
			return fake->items[i].card;
	return NULL;
}

size_t fake_count(const struct fake *fake)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->item_count; i++)
		count += fake->items[i].card != NULL;
	return count;
}

/* ---- Its answers ---- */
static void tell(struct fake *fake, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct fake *fake, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	ck_assert_int_gt(vasprintf(&text, format, args), 0);
	va_end(args);
	kith_feed(fake->kith, text, strlen(text));
	free(text);
}

static void result(struct fake *fake, const char *from, const char *id, const char *payload)
{
	tell(fake, "<iq type='result' from='%s' to='" FAKE_FULL "' id='%s'>%s</iq>", from, id,
		payload);
}

static void error(struct fake *fake, const char *id, const char *condition)
{
	tell(fake,
		"<iq type='error' from='" FAKE_JID "' to='" FAKE_FULL
		"' id='%s'><error type='cancel'><%s "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		id, condition);
}

/* The next event behind version. */
static const struct fake_item *next_event(const struct fake *fake, unsigned version)
{
	const struct fake_item *next = NULL;

	for (size_t i = 0; i < fake->item_count; i++)
		if (fake->items[i].version > version &&
			(!next || fake->items[i].version < next->version))
			next = &fake->items[i];
	return next;
}

static void answer_query(
	struct fake *fake, struct arena *arena, const char *id, const struct xml *query)
{
	const struct xml *set = xml_child(query, NS_RSM, "set");
	const char *after = xml_child_text(arena, set, "after");
	unsigned position = after ? (unsigned)atoi(after + 1) : 0, count = 0;
	const struct fake_item *item;
	char first[64] = "", last[64] = "", payload[512];

	fake->queries++;
	ck_assert_str_eq(xml_get(query, "node"), "urn:xmpp:contacts");
	if (after && ((*after != 'v' || position < fake->oldest || position > fake->version) ||
			     fake->forgets)) {
		error(fake, id, "item-not-found");
		return;
	}
	if (fake->invents) {
		fake_put(fake, "urn:uuid:invented", "<fn><text>Nobody</text></fn>");
		free_all(fake->sent, &fake->sent_count);
	}
	if (fake->repeats)
		position = 0;
	for (; count < fake->page_max && (item = next_event(fake, position)); count++) {
		time_t at = (time_t)item->at;
		char stamp[32];

		position = item->version;
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime(&at));
		snprintf(last, sizeof(last), "<last>v%u</last>", position);
		if (count == 0)
			snprintf(first, sizeof(first), "<first>v%u</first>", position);
		if (fake->lose_result == position) {
			fake->lose_result = 0;
			continue;
		}
		tell(fake,
			"<message type='headline' from='" FAKE_JID "' to='" FAKE_FULL
			"'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='v%u'>"
			"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' "
			"stamp='%s'/><message xmlns='jabber:client'>"
			"<event xmlns='http://jabber.org/protocol/pubsub#event'>"
			"<items node='urn:xmpp:contacts'><%s id='%s'>%s</%s></items></event>"
			"</message></forwarded></result></message>",
			xml_get(query, "queryid"), position, stamp, item->card ? "item" : "retract",
			item->id, item->card ? item->card : "", item->card ? "item" : "retract");
	}
	snprintf(payload, sizeof(payload),
		"<fin xmlns='urn:xmpp:mam:2'%s><set "
		"xmlns='http://jabber.org/protocol/rsm'>%s%s</set>"
		"</fin>",
		fake->repeats || fake->forgets || fake->invents || next_event(fake, position)
			? ""
			: " complete='true'",
		first, last);
	result(fake, FAKE_JID, id, payload);
}

void fake_headline(struct fake *fake, const char *item)
{
	tell(fake,
		"<message type='headline' from='" FAKE_JID "' to='" FAKE_ME
		"'><event xmlns='http://jabber.org/protocol/pubsub#event'><items "
		"node='urn:xmpp:contacts'><item id='%s'/></items></event><stanza-id "
		"xmlns='urn:xmpp:sid:0' id='v%u' by='" FAKE_JID "'/></message>",
		item, fake->version);
}

static void answer_pubsub(
	struct fake *fake, struct arena *arena, const char *id, const struct xml *pubsub)
{
	const struct xml *verb = xml_child(pubsub, NULL, NULL);
	const struct xml *item = xml_child(verb, NULL, "item");
	bool is_profile = strcmp(xml_get(verb, "node"), "urn:xmpp:vcard4") == 0;
	const char *card =
		item ? xml_to_string(arena, xml_child(item, NS_VCARD4, "vcard"), NULL) : NULL;

	if (strcmp(verb->name, "items") != 0 && !is_profile && fake->writes_max > 0 &&
		fake->writes++ >= fake->writes_max) {
		tell(fake,
			"<iq type='error' from='" FAKE_JID "' to='" FAKE_FULL
			"' id='%s'><error type='wait'><resource-constraint "
			"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text "
			"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Too many: try again in 7 "
			"seconds.</text></error></iq>",
			id);
		return;
	}
	if (strcmp(verb->name, "publish") == 0 && is_profile) {
		free(fake->profile);
		fake->profile = strdup(card);
		result(fake, FAKE_JID, id, "");
	} else if (strcmp(verb->name, "publish") == 0 && fake->room > 0 &&
		   !fake_get(fake, xml_get(item, "id")) && fake_count(fake) >= fake->room) {
		tell(fake,
			"<iq type='error' from='" FAKE_JID "' to='" FAKE_FULL
			"' id='%s'><error type='cancel'><conflict "
			"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><node-full "
			"xmlns='http://jabber.org/protocol/pubsub#errors'/><text "
			"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>room for %zu</text></error>"
			"</iq>",
			id, fake->room);
	} else if (strcmp(verb->name, "publish") == 0) {
		put_card(fake, xml_get(item, "id"), card);
		if (fake->mute_after > 0 && --fake->mute_after == 0) {
			fake->mute = true;
			return;
		}
		fake_headline(fake, xml_get(item, "id"));
		result(fake, FAKE_JID, id, "");
	} else if (strcmp(verb->name, "retract") == 0) {
		if (!fake_get(fake, xml_get(item, "id"))) {
			error(fake, id, "item-not-found");
			return;
		}
		put_card(fake, xml_get(item, "id"), NULL);
		fake_headline(fake, xml_get(item, "id"));
		result(fake, FAKE_JID, id, "");
	} else if (is_profile && fake->profile) {
		char *payload;

		ck_assert_int_gt(asprintf(&payload,
					 "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
					 "node='urn:xmpp:vcard4'><item "
					 "id='current'>%s</item></items></pubsub>",
					 fake->profile),
			0);
		result(fake, FAKE_JID, id, payload);
		free(payload);
	} else {
		error(fake, id, "item-not-found");
	}
}

/* ---- The commands, as the service has them ---- */
static const char *value_of(struct arena *arena, const struct xml *form, const char *var)
{
	for (const struct xml *field = xml_child(form, NULL, "field"); field;
		field = xml_next(field, NS_DATA, "field"))
		if (strcmp(xml_get(field, "var"), var) == 0)
			return xml_child_text(arena, field, "value");
	return NULL;
}

/* The values of the only field, blanks between. */
static const char *values_of(struct arena *arena, const struct xml *form)
{
	const char *all = "";

	for (const struct xml *value = xml_child(xml_child(form, NULL, "field"), NULL, "value");
		value; value = xml_next(value, NS_DATA, "value"))
		all = arena_printf(arena, "%s%s%s", all, *all ? " " : "", xml_text(arena, value));
	return all;
}

static void command_reply(
	struct fake *fake, const char *id, const char *node, const char *status, const char *inner)
{
	char *payload;

	ck_assert_int_gt(asprintf(&payload,
				 "<command xmlns='http://jabber.org/protocol/commands' node='%s' "
				 "sessionid='s1' status='%s'>%s</command>",
				 node, status, inner),
		0);
	result(fake, FAKE_JID, id, payload);
	free(payload);
}

static void answer_share(
	struct fake *fake, struct arena *arena, const char *id, const struct xml *form)
{
	const char *subject = value_of(arena, form, "subject");

	ck_assert_str_eq(value_of(arena, form, "to"), "dave@example.org");
	if (strcmp(subject, "car") == 0)
		command_reply(fake, id, "share", "executing",
			"<x xmlns='jabber:x:data' type='form'><field var='subject' "
			"type='list-single'><option label='Carol (carol@example.org)'>"
			"<value>carol@example.org</value></option><option label='Carl "
			"(carl@example.org)'><value>carl@example.org</value></option></field>"
			"<field var='to'><value>dave@example.org</value></field></x>");
	else if (strncmp(subject, "car", 3) == 0)
		command_reply(fake, id, "share", "completed", "<note type='info'>sent</note>");
	else
		command_reply(fake, id, "share", "completed",
			"<note type='error'>Nobody was found for \"zed\".</note>");
}

/* Of "car" there are two, of "zed" nobody. */
static void answer_introduce(
	struct fake *fake, struct arena *arena, const char *id, const struct xml *form)
{
	const char *names[] = {"first", "second"}, *values[2];
	const char *fields[2];
	bool is_clear = true;

	for (size_t i = 0; i < 2; i++) {
		values[i] = value_of(arena, form, names[i]);
		fields[i] = arena_printf(
			arena, "<field var='%s'><value>%s</value></field>", names[i], values[i]);
		if (strcmp(values[i], "zed") == 0) {
			command_reply(fake, id, "introduce", "completed",
				"<note type='error'>Nobody was found for \"zed\".</note>");
			return;
		}
		if (strcmp(values[i], "car") == 0) {
			is_clear = false;
			fields[i] = arena_printf(arena,
				"<field var='%s' type='list-single'><option label='Carol "
				"(carol@example.org)'><value>carol@example.org</value></option>"
				"<option label='Carl (carl@example.org)'><value>carl@example.org"
				"</value></option></field>",
				names[i]);
		}
	}
	if (!is_clear) {
		command_reply(fake, id, "introduce", "executing",
			arena_printf(arena, "<x xmlns='jabber:x:data' type='form'>%s%s</x>",
				fields[0], fields[1]));
		return;
	}
	free(fake->introduced);
	ck_assert_int_gt(asprintf(&fake->introduced, "%s|%s", values[0], values[1]), 0);
	command_reply(fake, id, "introduce", "completed",
		"<note type='info'>one went\nthe other went</note>");
}

static void answer_matters(
	struct fake *fake, struct arena *arena, const char *id, const struct xml *form)
{
	const struct xml *field = xml_child(form, NULL, "field");

	if (!form && !fake->matters) {
		command_reply(fake, id, "matters", "completed",
			"<note type='info'>Nothing waits for an answer of yours.</note>");
	} else if (!form) {
		command_reply(fake, id, "matters", "executing",
			arena_printf(arena, "<x xmlns='jabber:x:data' type='form'>%s</x>",
				fake->matters));
	} else {
		free(fake->decided);
		ck_assert_int_gt(asprintf(&fake->decided, "%s %s", xml_get(field, "var"),
					 xml_child_text(arena, field, "value")),
			0);
		command_reply(fake, id, "matters", "completed", "<note type='info'>done</note>");
	}
}

/* As the service says it, whatever the change. */
static void answer_preview(
	struct fake *fake, struct arena *arena, const char *id, const struct xml *form)
{
	if (fake->no_preview) {
		error(fake, id, fake->no_preview);
	} else if (!form) {
		command_reply(fake, id, "preview", "executing",
			"<x xmlns='jabber:x:data' type='form'><field var='number'/></x>");
	} else {
		free(fake->previewed);
		ck_assert_int_gt(
			asprintf(&fake->previewed, "%s|%s|%s", value_of(arena, form, "number"),
				value_of(arena, form, "replaces"), value_of(arena, form, "kind")),
			0);
		command_reply(fake, id, "preview", "completed",
			"<note type='info'>cell A -> B: goes to about 34 address books.</note>");
	}
}

static void answer_command(
	struct fake *fake, struct arena *arena, const char *id, const struct xml *command)
{
	const char *node = xml_get(command, "node");
	const char *action = xml_get(command, "action");
	const struct xml *form = xml_child(command, NS_DATA, "x");

	if (action && strcmp(action, "cancel") == 0) {
		command_reply(fake, id, node, "canceled", "");
	} else if (strcmp(node, "matters") == 0) {
		answer_matters(fake, arena, id, form);
	} else if (strcmp(node, "preview") == 0) {
		answer_preview(fake, arena, id, form);
	} else if (!form) {
		command_reply(fake, id, node, "executing",
			"<x xmlns='jabber:x:data' type='form'><field var='share' "
			"type='list-single' label='May your card be passed on?'><value>yes</value>"
			"<option><value>yes</value></option><option><value>no</value></option>"
			"</field><field var='chosen' type='jid-multi'><value>bob@example.org"
			"</value><value>dave@example.org</value></field>"
			"<field var='blocked' type='jid-multi'/>"
			"<field var='visible' type='fixed' label='Who may read my numbers'>"
			"<value>known</value></field></x>");
	} else if (strcmp(node, "introduce") == 0) {
		answer_introduce(fake, arena, id, form);
	} else if (strcmp(node, "share") == 0) {
		answer_share(fake, arena, id, form);
	} else if (strcmp(node, "undo") == 0) {
		free(fake->undone);
		fake->undone = strdup(value_of(arena, form, "item"));
		command_reply(fake, id, node, "completed", "<note type='info'>taken back</note>");
	} else {
		free(fake->settings);
		fake->settings = strdup(values_of(arena, form));
		command_reply(fake, id, node, "completed", "<note type='info'>stored</note>");
	}
}

static void answer(struct fake *fake, const char *text)
{
	struct arena *arena = arena_new(0);
	const struct xml *iq =
		xml_parse(arena, text, strlen(text), NS_CLIENT, &xml_limits_stanza, NULL);
	const struct xml *payload = xml_child(iq, NULL, NULL);
	const char *id, *to;

	ck_assert_msg(iq != NULL, "not XML: %s", text);
	payload = iq->first;
	id = xml_get(iq, "id");
	to = xml_get(iq, "to");
	if (strcmp(iq->name, "iq") != 0)
		goto out;
	if (xml_is(payload, NS_DISCO_ITEMS, "query"))
		result(fake, to, id,
			fake->gone ? "<query xmlns='http://jabber.org/protocol/disco#items'/>"
				   : "<query xmlns='http://jabber.org/protocol/disco#items'>"
				     "<item jid='muc.example.org'/><item jid='" FAKE_JID
				     "'/></query>");
	else if (xml_is(payload, NS_DISCO_INFO, "query") && strcmp(to, FAKE_JID) == 0)
		result(fake, to, id,
			"<query xmlns='http://jabber.org/protocol/disco#info'>"
			"<identity category='directory' type='user'/>"
			"<identity category='pubsub' type='service'/></query>");
	else if (xml_is(payload, NS_DISCO_INFO, "query"))
		result(fake, to, id,
			"<query xmlns='http://jabber.org/protocol/disco#info'>"
			"<identity category='conference' type='text'/></query>");
	else if (xml_is(payload, NS_MAM, "query"))
		answer_query(fake, arena, id, payload);
	else if (xml_is(payload, NS_PUBSUB, "pubsub"))
		answer_pubsub(fake, arena, id, payload);
	else if (xml_is(payload, NS_COMMANDS, "command"))
		answer_command(fake, arena, id, payload);
	else
		ck_abort_msg("not served: %s", text);
out:
	arena_free(arena);
}

void fake_run(struct fake *fake)
{
	unsigned turns = 0;

	do {
		while (fake->queued > 0 && !fake->mute) {
			char *text = fake->queue[0];

			memmove(&fake->queue[0], &fake->queue[1],
				--fake->queued * sizeof(*fake->queue));
			answer(fake, text);
			free(text);
		}
		kith_tick(fake->kith);
		ck_assert_msg(++turns < 1000, "it never ends");
	} while ((fake->queued > 0 && !fake->mute) || kith_busy(fake->kith));
}

void fake_online(struct fake *fake)
{
	ck_assert_int_eq(kith_online(fake->kith, FAKE_FULL), 0);
	fake_run(fake);
}

enum kith_fed fake_feed(struct fake *fake, const char *stanza)
{
	enum kith_fed fed = kith_feed(fake->kith, stanza, strlen(stanza));

	fake_run(fake);
	return fed;
}

void fake_command_in(struct fake *fake, const char *line, const char *chat, bool encrypted)
{
	const char *argv[20];
	struct kith_place place = {chat, encrypted};
	char *copy = strdup(line), *save = NULL;
	size_t count = 0;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[count++] = word;
	kith_command(fake->kith, 7, argv, count, &place);
	free(copy);
	fake_run(fake);
}

void fake_command(struct fake *fake, const char *line)
{
	fake_command_in(fake, line, NULL, false);
}

void fake_answer(struct fake *fake, unsigned choice)
{
	ck_assert_int_eq(kith_answer(fake->kith, fake->question, choice), 0);
	fake_run(fake);
}

/* ---- Looking ---- */
static const char *find(char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(list[i], text))
			return list[i];
	return NULL;
}

const char *fake_event(const struct fake *fake, const char *text)
{
	return find(fake->events, fake->event_count, text);
}

const char *fake_sent(const struct fake *fake, const char *text)
{
	return find(fake->sent, fake->sent_count, text);
}

size_t fake_sent_count(const struct fake *fake, const char *text)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->sent_count; i++)
		count += strstr(fake->sent[i], text) != NULL;
	return count;
}

/* ---- Files ---- */
static void path_of(const struct fake *fake, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/book/%s", fake->dir, name);
}

void fake_write_file(struct fake *fake, const char *name, const char *text)
{
	char path[512];
	struct timespec times[2] = {{.tv_sec = fake->now}, {.tv_sec = fake->now}};
	FILE *file;

	path_of(fake, name, path, sizeof(path));
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

char *fake_read_file(const struct fake *fake, const char *name)
{
	char path[512], *text;
	FILE *file;
	size_t len;

	path_of(fake, name, path, sizeof(path));
	file = fopen(path, "r");
	if (!file)
		return NULL;
	text = calloc(1, 100000);
	len = fread(text, 1, 99999, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

void fake_remove_file(struct fake *fake, const char *name)
{
	char path[512];

	path_of(fake, name, path, sizeof(path));
	ck_assert_int_eq(unlink(path), 0);
}

size_t fake_file_count(const struct fake *fake)
{
	char path[512];
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	path_of(fake, "", path, sizeof(path));
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.' || (entry->d_name[1] && entry->d_name[1] != '.');
	if (dir)
		closedir(dir);
	return count;
}
