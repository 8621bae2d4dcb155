/* The command `number`: the telephone numbers of one's own profile (XEP-0292, node
 * urn:xmpp:vcard4). What becomes of a change at those who hold the card is the service's doing. */
#include "config.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/commands.h"
#include "plugin/job.h"
#include "plugin/preview.h"
#include "plugin/request.h"
#include "plugin/stanza.h"

/* What nobody said the kind of: by the number a landline (of home, work or neither), or by neither.
 */
#define KIND_LANDLINE "landline"
#define KIND_ANY "any"

#define ITEM "current" /* XEP-0292, 3: the one item of the node */

struct number {
	struct vcard *card;
	const struct vcard *as_read; /* the same unchanged; NULL: there was none */
	bool remove;
	const char *kind; /* as typed, lower case; NULL: by the number */
	const char *text; /* the number; NULL with remove: by kind */
	struct phone phone;
	struct vcard_property *candidates[EVENT_CHOICES_MAX];
	size_t count;
	bool more; /* it is one more, whatever is there */
	bool is_confirmed;
	bool has_old; /* `old` is the one it replaces */
	struct phone old;
};

/* The word of vcard_tel_kind() for what a person calls it; NULL: no kind. */
static const char *kind_of(const char *word)
{
	static const char *const words[][2] = {{"cell", "cell"}, {"mobile", "cell"},
		{"home", "home"}, {"work", "work"}, {"voice", "voice"}, {"landline", KIND_LANDLINE},
		{"fax", "fax"}, {"pager", "pager"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i][0], word) == 0)
			return words[i][1];
	return NULL;
}

static bool is_kind(const char *wanted, const char *kind)
{
	bool is_landline = strcmp(kind, "voice") == 0 || strcmp(kind, "home") == 0 ||
			   strcmp(kind, "work") == 0;

	if (strcmp(wanted, KIND_ANY) == 0)
		return is_landline || strcmp(kind, "cell") == 0;
	return strcmp(wanted, kind) == 0 || (strcmp(wanted, KIND_LANDLINE) == 0 && is_landline);
}

static bool is_said(const char *kind)
{
	return kind && strcmp(kind, KIND_LANDLINE) != 0 && strcmp(kind, KIND_ANY) != 0;
}

/* ---- Showing ---- */
static void show(struct job *job, const struct vcard *card)
{
	for (const struct vcard_property *tel = vcard_first(card, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		struct phone phone;
		struct event event;

		vcard_tel(tel, job->kith->region, &phone);
		event_init(&event, KITH_EVENT_NUMBER);
		event_add_tel(&event, phone.display, vcard_tel_kind(tel, &phone), &phone);
		event_add(&event, "retired", vcard_get_param(tel, VCARD_PARAM_RETIRED));
		job_tell(job, &event);
	}
	if (!vcard_first(card, "TEL"))
		job_note(job, "You have no number in your profile.");
	job_end(job, KITH_OUTCOME_OK);
}

/* ---- Storing ---- */
static void published(void *context, struct kith *kith, const struct reply *reply)
{
	struct job *job = context;
	struct number *number = job->data;

	(void)kith;
	if (reply->kind == REPLY_RESULT)
		show(job, number->card);
	else
		job_fail(job, reply->text, reply->condition);
}

static void publish(struct job *job)
{
	struct number *number = job->data;
	struct kith *kith = job->kith;

	request_send(kith,
		stanza_publish(kith->scratch, kith->service, client_new_id(kith), NODE_PROFILE,
			ITEM, number->card),
		published, job);
}

static bool is_same(const struct vcard *now, const struct vcard *before)
{
	return now && before ? vcard_equal(now, before) : now == before;
}

/* While a person thought, another device may have changed what this is based on. */
static void looked_again(void *context, struct kith *kith, const struct reply *reply)
{
	struct job *job = context;
	struct number *number = job->data;
	const struct vcard *now =
		reply->kind == REPLY_RESULT ? stanza_items_card(job->arena, reply->iq, NULL) : NULL;

	(void)kith;
	if (reply->kind != REPLY_RESULT &&
		(reply->kind != REPLY_ERROR || strcmp(reply->condition, "item-not-found") != 0))
		job_fail(job, reply->text, reply->condition);
	else if (!is_same(now, number->as_read))
		job_fail(job, "your profile was changed meanwhile: please begin again", "conflict");
	else
		publish(job);
}

static void look_again(struct job *job)
{
	struct kith *kith = job->kith;

	request_send(kith,
		stanza_items(kith->scratch, kith->service, client_new_id(kith), NODE_PROFILE, NULL),
		looked_again, job);
}

/* ---- Changing ---- */
/* RFC 3966; NULL: it isn't written so that the whole world could dial it. */
static const char *uri_of(struct job *job, const struct phone *phone)
{
	if (*phone->uri)
		return phone->uri;
	if (phone->identity[0] == '+' && !phone->identity[strspn(phone->identity, "+0123456789")])
		return arena_printf(job->arena, "tel:%s", phone->identity);
	return NULL;
}

/* tel NULL: a new one. */
static void change(struct job *job, struct vcard_property *tel)
{
	struct number *number = job->data;
	const char *uri = uri_of(job, &number->phone);
	const char *kind = is_said(number->kind) ? number->kind : "voice";
	struct preview *preview = arena_alloc(job->arena, sizeof(*preview));

	if (!preview) {
		job_fail(job, "out of memory", NULL);
		return;
	}
	*preview = (struct preview){.number = number->remove ? NULL
					      : uri	     ? uri
							     : number->text,
		.replaces = tel ? arena_strdup(job->arena, vcard_text(tel)) : NULL,
		.kind = kind,
		.is_confirmed = number->is_confirmed,
		.go = number->is_confirmed ? publish : look_again};
	if (number->remove) {
		vcard_remove(number->card, tel);
	} else if (tel) {
		vcard_set_text(number->card, tel, uri ? "uri" : "text", uri ? uri : number->text);
		vcard_set_param(number->card, tel, VCARD_PARAM_RETIRED, NULL);
	} else {
		tel = vcard_add(
			number->card, NULL, "TEL", uri ? "uri" : "text", uri ? uri : number->text);
		vcard_add_type(number->card, tel, kind);
	}
	preview_show(job, preview);
}

static void chosen(struct job *job, unsigned choice)
{
	struct number *number = job->data;

	if (choice == 0)
		job_end(job, KITH_OUTCOME_CANCELLED);
	else
		change(job, choice <= number->count ? number->candidates[choice - 1] : NULL);
}

static void ask(struct job *job)
{
	struct number *number = job->data;
	const char *words = job_text(job, 0, job->argc);
	struct event event;

	event_init(&event, KITH_EVENT_QUESTION);
	event_add(&event, "text",
		number->remove ? "Which one do you give up?" : "Which one does it replace?");
	for (size_t i = 0; i < number->count; i++) {
		struct phone phone;
		const char *kind;

		vcard_tel(number->candidates[i], job->kith->region, &phone);
		kind = vcard_tel_kind(number->candidates[i], &phone);
		event_add_choice(&event, arena_printf(job->arena, "%s %s", kind, phone.display),
			number->remove
				? arena_printf(job->arena, "number remove %s", phone.identity)
				: arena_printf(
					  job->arena, "number %s for %s", words, phone.identity));
	}
	if (!number->remove)
		event_add_choice(&event, "none, it is one more",
			arena_printf(job->arena, "number %s more", words));
	job_ask(job, &event, chosen);
}

static bool is_same_number(const struct phone *a, const struct phone *b)
{
	return *a->identity && strcmp(a->identity, b->identity) == 0;
}

/* Collects the numbers that the command can mean; gives the one that has the number already. */
static struct vcard_property *find(struct job *job)
{
	struct number *number = job->data;
	struct vcard_property *same = NULL;

	for (struct vcard_property *tel = vcard_first(number->card, "TEL"); tel;
		tel = vcard_next(tel, "TEL")) {
		struct phone phone;

		vcard_tel(tel, job->kith->region, &phone);
		if (number->text && is_same_number(&phone, &number->phone))
			same = tel;
		if (number->count < EVENT_CHOICES_MAX - 1 &&
			(number->has_old ? is_same_number(&phone, &number->old)
					 : number->kind && is_kind(number->kind,
								   vcard_tel_kind(tel, &phone))))
			number->candidates[number->count++] = tel;
	}
	return same;
}

static void edit(struct job *job)
{
	struct number *number = job->data;
	struct vcard_property *same = find(job);

	if (same && number->remove) {
		change(job, same);
	} else if (same) {
		job_note(job, "It is in your profile already.");
		show(job, number->card);
	} else if (number->remove && number->count == 0) {
		job_fail(job, "you have no such number", "item-not-found");
	} else if (number->more) {
		change(job, NULL);
	} else if (number->has_old && number->count == 0) {
		job_fail(job, "you have no such number", "item-not-found");
	} else if (number->count > 1) {
		ask(job);
	} else {
		change(job, number->count ? number->candidates[0] : NULL);
	}
}

static void got_profile(void *context, struct kith *kith, const struct reply *reply)
{
	struct job *job = context;
	struct number *number = job->data;

	if (reply->kind == REPLY_RESULT)
		number->card = stanza_items_card(job->arena, reply->iq, NULL);
	else if (reply->kind != REPLY_ERROR || strcmp(reply->condition, "item-not-found") != 0) {
		job_fail(job, reply->text, reply->condition);
		return;
	}
	if (number->card) {
		number->as_read = vcard_copy(job->arena, number->card);
		number->card = vcard_copy(job->arena, number->card);
	} else if ((number->card = vcard_new(job->arena))) {
		vcard_add(number->card, NULL, "FN", "text", kith->name);
	}
	if (!number->card)
		job_fail(job, "out of memory", NULL);
	else if (job->argc == 0)
		show(job, number->card);
	else
		edit(job);
}

/* ---- The words ---- */
static const char *kind_by_number(const struct phone *phone)
{
	switch (phone->kind) {
	case PHONE_MOBILE:
		return "cell";
	case PHONE_FIXED:
		return KIND_LANDLINE;
	case PHONE_UNKNOWN:
	case PHONE_OTHER:
		return KIND_ANY;
	}
	return KIND_ANY;
}

/* Takes `yes`, and before it `more` or `for OLD`, off the end. Not a number as elsewhere: it would
 * read as a digit. */
static void take_place(struct job *job)
{
	struct number *number = job->data;

	if (job->argc > 1 && strcmp(job->argv[job->argc - 1], "yes") == 0) {
		number->is_confirmed = true;
		job->argc--;
	}
	if (job->argc > 1 && strcmp(job->argv[job->argc - 1], "more") == 0) {
		number->more = true;
		job->argc--;
		return;
	}
	for (size_t i = 1; i + 1 < job->argc; i++) {
		if (strcmp(job->argv[i], "for") != 0)
			continue;
		phone_read(&number->old, job_text(job, i + 1, job->argc), job->kith->region);
		number->has_old = true;
		job->argc = i;
		return;
	}
}

/* False: they make no sense. */
static bool read_words(struct job *job)
{
	struct number *number = job->data;
	size_t at = 0;

	if (job->argc == 0)
		return true;
	take_place(job);
	if (strcmp(job->argv[0], "remove") == 0) {
		number->remove = true;
		at++;
	}
	if (at < job->argc && (number->kind = kind_of(job->argv[at])))
		at++;
	if (at < job->argc)
		number->text = job_text(job, at, job->argc);
	if (!number->text)
		return number->remove && number->kind;
	phone_read(&number->phone, number->text, job->kith->region);
	if (!*number->phone.identity || (number->remove && number->kind))
		return false;
	if (!number->kind && !number->remove)
		number->kind = kind_by_number(&number->phone);
	return true;
}

void command_number(struct job *job)
{
	struct number *number = arena_alloc(job->arena, sizeof(*number));
	struct kith *kith = job->kith;

	job->data = number;
	if (job->argc == 1 && strcmp(job->argv[0], "yes") == 0) {
		if (preview_confirm(job))
			job_end(job, KITH_OUTCOME_OK);
		else
			job_fail(job, "no change waits for a yes", "item-not-found");
		return;
	}
	if (!number || !read_words(job)) {
		job_usage(job);
		return;
	}
	request_send(kith,
		stanza_items(kith->scratch, kith->service, client_new_id(kith), NODE_PROFILE, NULL),
		got_profile, job);
}
