/* All that is stored of an account: see export.h. */
#include "component/export.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "component/datetime.h"
#include "component/history.h"
#include "component/json.h"
#include "component/update.h"

/* Of a part, over which nothing further is begun: one has to go through servers that take 512 KiB,
 * escaped, a line a value. */
#define PART_BYTES (96 * 1024)
#define STEP 50 /* cards or matters read at a time */
#define CHANGES_MAX 1000
#define UPDATES_MAX 100 /* of one contact: the newest */
#define MUTUAL_MAX 5000 /* a roster that a server sends has fewer */

struct export
{
	struct request *request;
	const struct store_account *account;
	struct buffer *out;
	int64_t after; /* position within the section */
	size_t count;  /* of the section's rows in this part */
	bool is_json, is_cut, failed;
};

/* ---- What is in several sections ---- */

static struct store *store_of(const struct export *export)
{
	return export->request->service->store;
}

static const char *time_of(const struct export *export, int64_t at)
{
	const char *text = datetime_format(export->request->arena, at);

	return text ? text : "";
}

/* A stored card in the format asked for. */
static void put_card(struct export *export, const char *text, size_t len)
{
	const struct vcard *card = vcard_from_xml_text(export->request->arena, text, len, NULL);
	struct buffer vcard;

	buffer_init(&vcard, 0);
	if (!card || vcard_write(&vcard, card, VCARD_4_0) || !buffer_string(&vcard))
		export->failed = true;
	else if (export->is_json)
		json_member(export->out, "vcard", buffer_string(&vcard));
	else
		buffer_append(export->out, vcard.data, vcard.len);
	buffer_clear(&vcard);
}

static void put_number(struct buffer *out, const struct number *number)
{
	static const char *const states[] = {
		[NUMBER_CURRENT] = "current",
		[NUMBER_REPLACED] = "replaced",
		[NUMBER_RETIRED] = "retired",
	};

	json_element(out);
	json_member(out, "number", number->display);
	json_member(out, "value", number->value);
	json_member(out, "identity", number->identity);
	json_member(out, "kind", number->kind);
	json_member_int(out, "from", number->from);
	if (number->to)
		json_member_int(out, "to", number->to);
	if (number->added)
		json_member_int(out, "added", number->added);
	json_member(out, "state", states[number->state]);
	if (number->successor)
		json_member(out, "successor", number->successor);
	buffer_putc(out, '}');
}

static void put_history(struct export *export, const struct history *history)
{
	json_name(export->out, "numbers");
	buffer_putc(export->out, '[');
	for (size_t i = 0; i < history->count; i++)
		put_number(export->out, &history->numbers[i]);
	buffer_putc(export->out, ']');
}

static void put_profile_members(struct export *export, const struct store_profile *profile)
{
	if (export->is_json) {
		json_member(export->out, "changed", time_of(export, profile->changed_at));
		json_member_int(export->out, "version", profile->version);
		json_member_bool(export->out, "hidden", profile->hidden);
	}
	put_card(export, profile->card, profile->card_len);
}

/* ---- The sections ---- */

static enum store_result put_account(struct export *export)
{
	const struct store_account *account = export->account;
	struct buffer *out = export->out;

	json_member(out, "account", account->jid);
	json_member(out, "since", time_of(export, account->opened_at));
	json_member(out, "seen", time_of(export, account->seen_at));
	if (account->told_since == 0)
		return STORE_OK;
	json_name(out, "pushes_counted");
	buffer_putc(out, '{');
	json_member(out, "since", time_of(export, account->told_since));
	json_member_int(out, "count", account->told);
	if (account->summary_at)
		json_member(out, "summary", time_of(export, account->summary_at));
	buffer_putc(out, '}');
	return STORE_OK;
}

static enum store_result put_settings(struct export *export)
{
	json_name(export->out, "settings");
	buffer_putc(export->out, '{');
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting setting = (enum setting)i;
		const char *word;
		int value;

		switch (store_setting_get(store_of(export), export->account->id, setting, &value)) {
		case STORE_OK:
			word = setting_value_name(setting, value);
			if (word)
				json_member(export->out, setting_name(setting), word);
			else
				json_member_int(export->out, setting_name(setting), value);
			break;
		case STORE_NONE:
			break;
		case STORE_ERROR:
			return STORE_ERROR;
		}
	}
	buffer_putc(export->out, '}');
	return STORE_OK;
}

static enum store_result put_list(struct export *export, enum listed kind)
{
	const char *jids[LISTED_MAX];
	size_t count;

	if (store_listed_get(store_of(export), export->request->arena, export->account->id, kind,
		    jids, LISTED_MAX, &count) != STORE_OK)
		return STORE_ERROR;
	json_name(export->out, listed_name(kind));
	buffer_putc(export->out, '[');
	for (size_t i = 0; i < count; i++) {
		buffer_puts(export->out, i > 0 ? ", " : "");
		json_string(export->out, jids[i]);
	}
	buffer_putc(export->out, ']');
	return STORE_OK;
}

static enum store_result put_lists(struct export *export)
{
	for (int kind = 0; kind < LISTED_COUNT; kind++)
		if (put_list(export, (enum listed)kind) != STORE_OK)
			return STORE_ERROR;
	return STORE_OK;
}

static enum store_result put_numbers(struct export *export)
{
	struct history history;

	if (store_history_get(store_of(export), export->request->arena, export->account->id,
		    &history) != STORE_OK)
		return STORE_ERROR;
	put_history(export, &history);
	return STORE_OK;
}

static void put_change(void *context, const struct store_change *change)
{
	struct export *export = context;

	json_element(export->out);
	json_member(export->out, "at", time_of(export, change->at));
	json_member_int(export->out, "version", change->version);
	json_member(export->out, "what", change->what);
	buffer_putc(export->out, '}');
}

static enum store_result put_changes(struct export *export)
{
	enum store_result result;

	json_name(export->out, "changes");
	buffer_putc(export->out, '[');
	result = store_change_list(store_of(export), export->request->arena, export->account->id,
		CHANGES_MAX, put_change, export);
	buffer_putc(export->out, ']');
	return result;
}

static enum store_result put_run(struct export *export)
{
	struct store_run run;
	enum store_result result = store_run_get(store_of(export), export->account->id, &run);

	if (result != STORE_OK)
		return result;
	json_name(export->out, "run");
	buffer_putc(export->out, '{');
	json_member_int(export->out, "version", run.version);
	json_member(export->out, "since", time_of(export, run.started_at));
	if (run.starts_at)
		json_member(export->out, "held_until", time_of(export, run.starts_at));
	buffer_putc(export->out, '}');
	return STORE_OK;
}

static void put_mutual(void *context, const char *jid)
{
	struct export *export = context;

	buffer_puts(export->out, export->count++ > 0 ? ", " : "");
	json_string(export->out, jid);
}

static enum store_result put_roster(struct export *export)
{
	int64_t asked_at;
	enum store_result result =
		store_roster_when(store_of(export), export->account->id, &asked_at);

	if (result == STORE_ERROR)
		return STORE_ERROR;
	json_name(export->out, "roster");
	buffer_putc(export->out, '{');
	if (result == STORE_OK)
		json_member(export->out, "read", time_of(export, asked_at));
	json_name(export->out, "mutual");
	buffer_putc(export->out, '[');
	result = store_roster_list(store_of(export), export->request->arena, export->account->id,
		MUTUAL_MAX, put_mutual, export);
	buffer_puts(export->out, "]}");
	return result;
}

static enum store_result put_profile(struct export *export)
{
	struct store_profile profile;
	enum store_result result = store_profile_get(
		store_of(export), export->request->arena, export->account->id, &profile);

	if (result != STORE_OK)
		return result;
	if (!export->is_json) {
		put_profile_members(export, &profile);
		return STORE_OK;
	}
	json_name(export->out, "profile");
	buffer_putc(export->out, '{');
	put_profile_members(export, &profile);
	buffer_putc(export->out, '}');
	return STORE_OK;
}

/* As profile and numbers were before a change that can be taken back. */
static enum store_result put_held(struct export *export)
{
	struct store_profile profile;
	struct history history;
	enum store_result result = store_held_get(
		store_of(export), export->request->arena, export->account->id, &profile, &history);

	if (result != STORE_OK)
		return result;
	json_name(export->out, "before");
	buffer_putc(export->out, '{');
	put_profile_members(export, &profile);
	put_history(export, &history);
	buffer_putc(export->out, '}');
	return STORE_OK;
}

static const char *kind_name(enum matter_kind kind)
{
	switch (kind) {
	case MATTER_UPDATE:
		return "update";
	case MATTER_SHARE:
		return "share";
	case MATTER_HOLD:
		return "hold";
	case MATTER_DORMANT:
		return "dormant";
	}
	return "";
}

static int put_matter(void *context, const struct store_matter *matter, bool declined)
{
	struct export *export = context;
	struct store_account subject;

	if (export->out->len > PART_BYTES) {
		export->is_cut = true;
		return 1;
	}
	if (store_account_by_id(store_of(export), export->request->arena, matter->subject,
		    &subject) != STORE_OK) {
		export->failed = true;
		return 1;
	}
	json_element(export->out);
	json_member(export->out, "kind", kind_name(matter->kind));
	json_member(export->out, "of", subject.jid);
	json_member(export->out, "target", matter->target);
	json_member(export->out, "what", matter->what);
	json_member(export->out, "asked", time_of(export, matter->made_at));
	json_member(export->out, "until", time_of(export, matter->expires_at));
	json_member_bool(export->out, "declined", declined);
	buffer_putc(export->out, '}');
	export->after = matter->id;
	export->count++;
	return 0;
}

static enum store_result put_matters(struct export *export)
{
	size_t before;

	json_name(export->out, "matters");
	buffer_putc(export->out, '[');
	do {
		before = export->count;
		if (store_matter_all(store_of(export), export->request->arena, export->account->id,
			    export->after, STEP, put_matter, export) != STORE_OK)
			return STORE_ERROR;
	} while (export->count == before + STEP && !export->is_cut && !export->failed);
	buffer_putc(export->out, ']');
	return STORE_OK;
}

static int put_update(void *context, const struct store_update *update)
{
	struct export *export = context;
	struct store_account subject;

	if (store_account_by_id(store_of(export), export->request->arena, update->subject,
		    &subject) != STORE_OK) {
		export->failed = true;
		return 1;
	}
	json_element(export->out);
	json_member(export->out, "at", time_of(export, update->at));
	json_member(export->out, "of", subject.jid);
	json_member(export->out, "said", update_text(export->request->arena, update->what));
	json_member(export->out, "what", update->what);
	if (update->undone_at != 0)
		json_member(export->out, "undone", time_of(export, update->undone_at));
	buffer_putc(export->out, '}');
	return 0;
}

/* Whom a contact is linked to, and what updates did to it. */
static enum store_result put_link(struct export *export, const char *item)
{
	struct arena *arena = export->request->arena;
	struct buffer *out = export->out;
	struct store_contact contact;
	struct store_account subject;

	if (store_contact_get(store_of(export), arena, export->account->id, item, &contact) !=
		STORE_OK)
		return STORE_ERROR;
	if (contact.subject == 0)
		return STORE_OK;
	if (store_account_by_id(store_of(export), arena, contact.subject, &subject) != STORE_OK)
		return STORE_ERROR;
	json_name(out, "linked");
	buffer_putc(out, '{');
	json_member(out, "to", subject.jid);
	json_member_bool(out, "ended", subject.closed_at != 0);
	json_member_int(out, "version", contact.applied);
	json_member_int(out, "written", contact.written);
	if (contact.pins)
		json_member(out, "pins", contact.pins);
	buffer_putc(out, '}');
	json_name(out, "updates");
	buffer_putc(out, '[');
	if (store_update_of(store_of(export), arena, contact.id, UPDATES_MAX, put_update, export) !=
		STORE_OK)
		return STORE_ERROR;
	buffer_putc(out, ']');
	return STORE_OK;
}

static int put_event(void *context, const struct store_event *event)
{
	struct export *export = context;

	if (export->out->len > PART_BYTES) {
		export->is_cut = true;
		return 1;
	}
	if (export->is_json) {
		json_element(export->out);
		json_member(export->out, "item", event->item);
		json_member(export->out, event->retracted ? "removed" : "changed",
			time_of(export, event->at));
	}
	if (!event->retracted)
		put_card(export, event->card, event->card_len);
	if (export->is_json && !event->retracted && put_link(export, event->item) != STORE_OK)
		export->failed = true;
	if (export->is_json)
		buffer_putc(export->out, '}');
	export->after = event->version;
	export->count++;
	return export->failed;
}

static enum store_result put_contacts(struct export *export)
{
	size_t before;

	if (export->is_json) {
		json_name(export->out, "contacts");
		buffer_putc(export->out, '[');
	}
	do {
		before = export->count;
		if (store_event_list(store_of(export), export->request->arena, export->account->id,
			    export->after, STEP, put_event, export) != STORE_OK)
			return STORE_ERROR;
	} while (export->count == before + STEP && !export->is_cut && !export->failed);
	if (export->is_json)
		buffer_putc(export->out, ']');
	return STORE_OK;
}

/* In the order of the parts. */
static const struct {
	enum store_result (*put)(struct export *export); /* NONE: there is nothing of it */
	bool is_vcard;					 /* it is in the vCards, too */
} sections[] = {
	{put_account, false},
	{put_settings, false},
	{put_lists, false},
	{put_numbers, false},
	{put_changes, false},
	{put_run, false},
	{put_roster, false},
	{put_profile, true},
	{put_held, false},
	{put_matters, false},
	{put_contacts, true},
};
#define SECTIONS (sizeof(sections) / sizeof(*sections))

/* A place: the section, and a position in it, none of which is so large. */
#define SECTION_BIT 56
#define POSITION_MASK ((INT64_C(1) << SECTION_BIT) - 1)

static enum store_result put_sections(struct export *export, int64_t from, struct export_part *part)
{
	for (size_t i = (size_t)(from >> SECTION_BIT); i < SECTIONS; i++) {
		if (!export->is_json && !sections[i].is_vcard)
			continue;
		export->after = from >> SECTION_BIT == (int64_t)i ? from & POSITION_MASK : 0;
		export->count = 0;
		export->is_cut = export->out->len > PART_BYTES;
		if (!export->is_cut && sections[i].put(export) == STORE_ERROR)
			return STORE_ERROR;
		if (export->failed || export->out->failed || arena_failed(export->request->arena))
			return STORE_ERROR;
		if (export->is_cut) {
			part->has_more = true;
			part->next = ((int64_t)i << SECTION_BIT) | export->after;
			break;
		}
	}
	return STORE_OK;
}

enum store_result export_part(struct request *request, const struct store_account *account,
	bool is_json, int64_t from, struct export_part *part)
{
	struct export export = {
		.request = request, .account = account, .out = &part->out, .is_json = is_json};

	*part = (struct export_part){.has_more = false};
	buffer_init(&part->out, 0);
	if (is_json)
		buffer_putc(&part->out, '{');
	if (put_sections(&export, from, part) != STORE_OK)
		return STORE_ERROR;
	if (is_json)
		buffer_puts(&part->out, "}\n");
	return part->out.failed ? STORE_ERROR : STORE_OK;
}
