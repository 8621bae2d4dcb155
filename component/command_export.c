/* The command `export`: all that is stored of oneself, as vCards (RFC 6350) or as JSON (RFC 8259),
 * a part at a time where it is much (design: section 3, "forms"). */
#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/account.h"
#include "component/commands.h"
#include "component/datetime.h"
#include "component/form.h"
#include "component/history.h"

#define PART_BYTES                                                                                 \
	(96 * 1024) /* of a part, over which no further card is begun: one has to go               \
		       through servers that take 512 KiB, escaped, a line a value */
#define STEP 50	    /* cards read at a time */
#define CHANGES_MAX 1000

struct export
{
	struct command_call *call;
	struct buffer out;
	int64_t after;	 /* position in the book */
	int64_t dropped; /* of its retractions: archive_id() */
	size_t count;	 /* of the book's events in this part */
	bool is_json, has_more, failed;
};

/* ---- JSON ---- */

static void put_string(struct buffer *out, const char *text)
{
	buffer_putc(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buffer_printf(out, "\\%c", c);
		else if (c == '\n')
			buffer_puts(out, "\\n");
		else if (c == '\r')
			buffer_puts(out, "\\r");
		else if (c < 0x20)
			buffer_printf(out, "\\u%04x", (unsigned)c);
		else
			buffer_putc(out, *text);
	}
	buffer_putc(out, '"');
}

static void put_member(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, "\"%s\": ", name);
	put_string(out, text);
}

/* ---- Parts of what is stored ---- */

/* Appends a stored card in the format asked for. */
static void put_card(struct export *export, struct arena *scratch, const char *text, size_t len)
{
	const struct vcard *card = vcard_from_xml_text(scratch, text, len, NULL);
	struct buffer vcard;

	buffer_init(&vcard, 0);
	if (!card || vcard_write(&vcard, card, VCARD_4_0)) {
		export->failed = true;
	} else if (export->is_json) {
		const char *string = buffer_string(&vcard);

		buffer_puts(&export->out, "\"vcard\": ");
		put_string(&export->out, string ? string : "");
	} else {
		buffer_append(&export->out, vcard.data, vcard.len);
	}
	buffer_clear(&vcard);
}

static int put_event(void *context, const struct store_event *event)
{
	struct export *export = context;
	struct arena *arena = export->call->request->arena;

	if (export->out.len > PART_BYTES) {
		export->has_more = true;
		return 1;
	}
	if (export->is_json) {
		buffer_puts(&export->out, export->count ? ",\n{" : "\n{");
		put_member(&export->out, "item", event->item);
		buffer_puts(&export->out, ", ");
		put_member(&export->out, event->retracted ? "removed" : "changed",
			datetime_format(arena, event->at));
		if (!event->retracted)
			buffer_puts(&export->out, ", ");
	}
	if (!event->retracted)
		put_card(export, arena, event->card, event->card_len);
	if (export->is_json)
		buffer_putc(&export->out, '}');
	export->after = event->version;
	export->count++;
	return 0;
}

/* The book from `after` on, as far as a part goes. */
static enum store_result put_book(struct export *export)
{
	struct command_call *call = export->call;
	size_t before;

	if (export->is_json)
		buffer_puts(&export->out, "\"contacts\": [");
	do {
		before = export->count;
		if (store_event_list(call->request->service->store, call->request->arena,
			    call->account.id, export->after, STEP, put_event, export) != STORE_OK)
			return STORE_ERROR;
	} while (export->count == before + STEP && !export->has_more);
	if (export->is_json)
		buffer_puts(&export->out, "]");
	return export->failed || export->out.failed ? STORE_ERROR : STORE_OK;
}

static enum store_result put_profile(struct export *export)
{
	struct request *request = export->call->request;
	struct store_profile profile;
	enum store_result result = store_profile_get(
		request->service->store, request->arena, export->call->account.id, &profile);

	if (result != STORE_OK)
		return result;
	if (export->is_json) {
		buffer_puts(&export->out, "\"profile\": {");
		put_member(&export->out, "changed",
			datetime_format(request->arena, profile.changed_at));
		buffer_printf(
			&export->out, ", \"hidden\": %s, ", profile.hidden ? "true" : "false");
	}
	put_card(export, request->arena, profile.card, profile.card_len);
	if (export->is_json)
		buffer_puts(&export->out, "},\n");
	return STORE_OK;
}

static enum store_result put_numbers(struct export *export)
{
	static const char *const states[] = {
		[NUMBER_CURRENT] = "current",
		[NUMBER_REPLACED] = "replaced",
		[NUMBER_RETIRED] = "retired",
	};
	struct request *request = export->call->request;
	struct buffer *out = &export->out;
	struct history history;

	if (store_history_get(request->service->store, request->arena, export->call->account.id,
		    &history) != STORE_OK)
		return STORE_ERROR;
	buffer_puts(out, "\"numbers\": [");
	for (size_t i = 0; i < history.count; i++) {
		const struct number *number = &history.numbers[i];

		buffer_puts(out, i ? ",\n{" : "\n{");
		put_member(out, "number", number->display);
		buffer_puts(out, ", ");
		put_member(out, "kind", number->kind);
		buffer_puts(out, ", ");
		put_member(out, "state", states[number->state]);
		if (number->successor) {
			buffer_puts(out, ", ");
			put_member(out, "successor", number->successor);
		}
		buffer_putc(out, '}');
	}
	buffer_puts(out, "],\n");
	return STORE_OK;
}

static void put_change(void *context, const struct store_change *change)
{
	struct export *export = context;

	buffer_puts(&export->out, export->count++ ? ",\n{" : "\n{");
	put_member(&export->out, "at", datetime_format(export->call->request->arena, change->at));
	buffer_puts(&export->out, ", ");
	put_member(&export->out, "what", change->what);
	buffer_putc(&export->out, '}');
}

static enum store_result put_settings(struct export *export)
{
	struct command_call *call = export->call;
	const char *comma = "";

	buffer_puts(&export->out, "\"settings\": {");
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting setting = (enum setting)i;
		int value;

		switch (store_setting_get(
			call->request->service->store, call->account.id, setting, &value)) {
		case STORE_OK:
			buffer_puts(&export->out, comma);
			put_member(&export->out, setting_name(setting),
				setting_value_name(setting, value));
			comma = ", ";
			break;
		case STORE_NONE:
			break;
		case STORE_ERROR:
			return STORE_ERROR;
		}
	}
	if (*call->account.region) {
		buffer_puts(&export->out, comma);
		put_member(&export->out, "region", call->account.region);
	}
	buffer_puts(&export->out, "},\n");
	return STORE_OK;
}

static enum store_result put_lists(struct export *export)
{
	struct command_call *call = export->call;

	for (int kind = 0; kind < LISTED_COUNT; kind++) {
		const char *jids[LISTED_MAX];
		size_t count;

		if (store_listed_get(call->request->service->store, call->request->arena,
			    call->account.id, (enum listed)kind, jids, LISTED_MAX,
			    &count) != STORE_OK)
			return STORE_ERROR;
		buffer_printf(&export->out, "\"%s\": [", listed_name((enum listed)kind));
		for (size_t i = 0; i < count; i++) {
			buffer_puts(&export->out, i > 0 ? ", " : "");
			put_string(&export->out, jids[i]);
		}
		buffer_puts(&export->out, "],\n");
	}
	return STORE_OK;
}

static enum store_result put_missing(struct export *export)
{
	struct command_call *call = export->call;
	struct store_missing list[HISTORY_CURRENT_MAX];
	size_t count;

	if (store_missing_get(call->request->service->store, call->request->arena, call->account.id,
		    list, HISTORY_CURRENT_MAX, &count) != STORE_OK)
		return STORE_ERROR;
	buffer_puts(&export->out, "\"missing\": [");
	for (size_t i = 0; i < count; i++) {
		buffer_puts(&export->out, i > 0 ? ", " : "");
		put_string(&export->out, list[i].identity);
	}
	buffer_puts(&export->out, "],\n");
	return STORE_OK;
}

/* What is said once, in JSON before the book. */
static enum store_result put_account(struct export *export)
{
	struct command_call *call = export->call;

	put_member(&export->out, "account", call->account.jid);
	buffer_puts(&export->out, ",\n");
	put_member(&export->out, "since",
		datetime_format(call->request->arena, call->account.opened_at));
	buffer_puts(&export->out, ",\n");
	put_member(
		&export->out, "used", datetime_format(call->request->arena, call->account.used_at));
	buffer_puts(&export->out, ",\n");
	if (put_missing(export) != STORE_OK || put_settings(export) != STORE_OK ||
		put_lists(export) != STORE_OK || put_numbers(export) != STORE_OK)
		return STORE_ERROR;
	buffer_puts(&export->out, "\"changes\": [");
	if (store_change_list(call->request->service->store, call->request->arena, call->account.id,
		    CHANGES_MAX, put_change, export) != STORE_OK)
		return STORE_ERROR;
	export->count = 0;
	buffer_puts(&export->out, "],\n");
	return STORE_OK;
}

/* ---- The command ---- */

static enum answer ask(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "form", NULL);
	struct xml *field;

	form_describe(arena, form, "Export",
		"All that is stored of you. Where it is much, a part at a time: each says what to "
		"fill in to get the next.");
	field = form_add(arena, form, "format", "list-single", "Format", "vcard");
	form_add_option(arena, field, "vCards (profile, then address book)", "vcard");
	form_add_option(arena, field, "JSON (everything)", "json");
	form_add(arena, form, "after", "text-single", "Continue behind (empty: begin)", NULL);
	call->reply = form;
	return ANSWER_RESULT;
}

/* Fills export->out. first: it is the first part. */
static enum store_result put_part(struct export *export, bool first)
{
	enum store_result result = STORE_OK;

	if (export->is_json)
		buffer_puts(&export->out, "{");
	if (first && export->is_json)
		result = put_account(export);
	if (first && result == STORE_OK)
		result = put_profile(export);
	if (result != STORE_ERROR)
		result = put_book(export);
	if (export->is_json)
		buffer_puts(&export->out, "}\n");
	return result;
}

static enum answer write_part(struct export *export, bool first)
{
	struct command_call *call = export->call;
	struct service *service = call->request->service;
	struct arena *arena = call->request->arena;
	struct xml *form = form_new(arena, "result", NULL);
	const char *text = buffer_string(&export->out);

	call->reply = form;
	call->completed = true;
	form_describe(arena, form, "Export", NULL);
	if (first && !export->is_json &&
		account_describe(&service->rules, arena, &call->account,
			form_add(arena, form, "about", "text-multi", "Account", NULL)) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	form_add_lines(arena,
		form_add(arena, form, "content", "text-multi", export->is_json ? "JSON" : "vCards",
			NULL),
		text);
	if (export->has_more) {
		form_add(arena, form, "after", "text-single", "There is more, behind",
			archive_id(arena, service->key, call->account.id, export->after,
				export->dropped));
		call->note = "There is more: run this again, and fill in what is said here.";
	}
	return text ? ANSWER_RESULT : ANSWER_INTERNAL_SERVER_ERROR;
}

static enum answer export_run(struct command_call *call)
{
	struct service *service = call->request->service;
	struct arena *arena = call->request->arena;
	const char *format = form_value(arena, call->form, "format");
	const char *after = form_value(arena, call->form, "after");
	struct export export = {.call = call};
	bool first = !after || !*after;
	enum answer answer = ANSWER_INTERNAL_SERVER_ERROR;
	int64_t newest;

	if (!call->form)
		return ask(call);
	if (!format || (strcmp(format, "vcard") != 0 && strcmp(format, "json") != 0))
		return command_bad_payload(call, "format is neither vcard nor json");
	export.is_json = strcmp(format, "json") == 0;
	if (store_event_range(service->store, call->account.id, &newest, &export.dropped) !=
		STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (!first && !archive_id_read(
			      service->key, call->account.id, after, export.dropped, &export.after))
		return command_bad_payload(call, "after is not what a part said");
	buffer_init(&export.out, 0);
	if (put_part(&export, first) == STORE_OK)
		answer = write_part(&export, first);
	buffer_clear(&export.out);
	return answer;
}

const struct command command_export = {"export", "Export", false, export_run};
