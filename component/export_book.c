/* The sections of an export that are about others: matters, and the address book; see
 * export_section.h. */
#include "component/export_section.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "component/json.h"
#include "component/update.h"

#define STEP 50		/* cards or matters read at a time */
#define UPDATES_MAX 100 /* of one contact: the newest */

static const char *kind_name(enum matter_kind kind)
{
	switch (kind) {
	case MATTER_UPDATE:
		return "update";
	case MATTER_SHARE:
		return "share";
	case MATTER_HOLD:
		return "hold";
	case MATTER_FIRST:
		return "first";
	case MATTER_MISSING:
		return "missing";
	case MATTER_CARD:
		return "card";
	case MATTER_DORMANT:
		return "dormant";
	case MATTER_LINK:
		return "link";
	}
	return "";
}

static int put_matter(void *context, const struct store_matter *matter, bool declined)
{
	struct export *export = context;
	struct store_account subject;

	if (export->out->len > EXPORT_PART_BYTES) {
		export->is_cut = true;
		return 1;
	}
	if (store_account_by_id(export_store(export), export->request->arena, matter->subject,
		    &subject) != STORE_OK) {
		export->failed = true;
		return 1;
	}
	json_element(export->out);
	json_member(export->out, "kind", kind_name(matter->kind));
	json_member(export->out, "of", subject.jid);
	json_member(export->out, "target", matter->target);
	json_member(export->out, "what", matter->what);
	json_member(export->out, "asked", export_time(export, matter->made_at));
	json_member(export->out, "until", export_time(export, matter->expires_at));
	json_member_bool(export->out, "declined", declined);
	buffer_putc(export->out, '}');
	export->after = matter->id;
	export->count++;
	return 0;
}

enum store_result export_matters(struct export *export)
{
	size_t before;

	json_name(export->out, "matters");
	buffer_putc(export->out, '[');
	do {
		before = export->count;
		if (store_matter_all(export_store(export), export->request->arena,
			    export->account->id, export->after, STEP, put_matter,
			    export) != STORE_OK)
			return STORE_ERROR;
	} while (export->count == before + STEP && !export->is_cut && !export->failed);
	buffer_putc(export->out, ']');
	return STORE_OK;
}

static int put_update(void *context, const struct store_update *update)
{
	struct export *export = context;
	struct store_account subject;

	if (store_account_by_id(export_store(export), export->request->arena, update->subject,
		    &subject) != STORE_OK) {
		export->failed = true;
		return 1;
	}
	json_element(export->out);
	json_member(export->out, "at", export_time(export, update->at));
	json_member(export->out, "of", subject.jid);
	json_member(export->out, "said", update_text(export->request->arena, update->what));
	json_member(export->out, "what", update->what);
	if (update->undone_at != 0)
		json_member(export->out, "undone", export_time(export, update->undone_at));
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

	if (store_contact_get(export_store(export), arena, export->account->id, item, &contact) !=
		STORE_OK)
		return STORE_ERROR;
	if (contact.subject == 0)
		return STORE_OK;
	if (store_account_by_id(export_store(export), arena, contact.subject, &subject) != STORE_OK)
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
	if (store_update_of(export_store(export), arena, contact.id, UPDATES_MAX, put_update,
		    export) != STORE_OK)
		return STORE_ERROR;
	buffer_putc(out, ']');
	return STORE_OK;
}

static int put_event(void *context, const struct store_event *event)
{
	struct export *export = context;

	if (export->out->len > EXPORT_PART_BYTES) {
		export->is_cut = true;
		return 1;
	}
	if (export->is_json) {
		json_element(export->out);
		json_member(export->out, "item", event->item);
		json_member(export->out, event->retracted ? "removed" : "changed",
			export_time(export, event->at));
	}
	if (!event->retracted)
		export_put_card(export, event->card, event->card_len);
	if (export->is_json && !event->retracted && put_link(export, event->item) != STORE_OK)
		export->failed = true;
	if (export->is_json)
		buffer_putc(export->out, '}');
	export->after = event->version;
	export->count++;
	return export->failed;
}

enum store_result export_offers(struct export *export)
{
	enum store_result result;

	json_name(export->out, "offers");
	buffer_putc(export->out, '[');
	result = store_update_offers(export_store(export), export->request->arena,
		export->account->id, UPDATES_MAX, put_update, export);
	buffer_putc(export->out, ']');
	return result;
}

enum store_result export_contacts(struct export *export)
{
	struct store_span span = store_span_all;
	size_t before;

	if (export->is_json) {
		json_name(export->out, "contacts");
		buffer_putc(export->out, '[');
	}
	do {
		before = export->count;
		span.after = export->after;
		if (store_event_list(export_store(export), export->request->arena,
			    export->account->id, &span, STEP, put_event, export) != STORE_OK)
			return STORE_ERROR;
	} while (export->count > before && !export->is_cut && !export->failed);
	if (export->is_json)
		buffer_putc(export->out, ']');
	return STORE_OK;
}
