/* Signing up, and off again: XEP-0077, version 2.4 (design: section 3, "sign-up").
 *
 * Who an account is the server has made sure of: there is no user name to choose and no password.
 * What is asked for is the beginning of a profile; other ways to edit it know more of it. */
#include "component/features.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/account.h"
#include "component/card_form.h"
#include "component/field.h"
#include "component/form.h"
#include "component/profile.h"
#include "component/published.h"

/* The registry's names (XEP-0077, 13.4.1), the same for elements and for fields. */
struct registration {
	const char *name, *phone, *email;
};

static const struct field fields[] = {
	{"name", "text-single", "Name", FIELD_NAME, .is_required = true},
	{"phone", "text-single", "Number", FIELD_PHONE, .is_required = false},
	{"email", "text-single", "E-mail", FIELD_EMAIL, .is_required = false},
	{.var = NULL},
};

/* ---- What is registered ---- */

/* The profile of the sender, *card, or NULL where there is none to be seen. */
static enum store_result read_profile(
	struct request *request, const struct store_account *account, struct vcard **card)
{
	struct store_profile profile;
	enum store_result result =
		store_profile_get(request->service->store, request->arena, account->id, &profile);

	*card = NULL;
	if (result == STORE_OK && !profile.hidden) {
		*card = vcard_from_xml_text(request->arena, profile.card, profile.card_len, NULL);
		if (!*card)
			result = STORE_ERROR;
	}
	return result;
}

/* Asking what is registered registers nobody. */
static enum store_result find_account(struct request *request, struct store_account *account)
{
	enum store_result result = store_account_find(
		request->service->store, request->arena, request->from.bare, account);

	return result == STORE_OK && account->opened_at == 0 ? STORE_NONE : result;
}

static struct registration registration_of(
	struct request *request, const struct store_account *account, const struct vcard *card)
{
	const struct vcard_property *tel = card_form_tel(card, NULL);
	struct registration of = {vcard_name(card), "", vcard_text(vcard_first(card, "EMAIL"))};
	struct phone phone;

	if (tel) {
		vcard_tel(tel, rules_region(&request->service->rules, account), &phone);
		of.phone = arena_strdup(request->arena, phone.display);
	}
	return of;
}

static void write_registration(struct request *request, const struct registration *of)
{
	static const char instructions[] =
		"Your name, and the number and e-mail address under which you can be reached. They "
		"are your profile, which others see as your settings let them.";
	struct arena *arena = request->arena;
	struct xml *query = request->result;
	struct xml *form = form_new(arena, "form", NULL);

	xml_add_text_element(arena, query, NULL, "instructions", instructions);
	xml_add_text_element(arena, query, NULL, "name", of->name);
	xml_add_text_element(arena, query, NULL, "phone", of->phone);
	xml_add_text_element(arena, query, NULL, "email", of->email);
	form_describe(arena, form, "Sign up", instructions);
	form_add(arena, form, "FORM_TYPE", "hidden", NULL, NS_REGISTER);
	field_add(arena, form, &fields[0], of->name);
	field_add(arena, form, &fields[1], of->phone);
	field_add(arena, form, &fields[2], of->email);
	xml_append(query, form);
}

/* 3.1 */
static enum answer get(struct request *request)
{
	struct registration registration = {"", "", ""};
	struct store_account account;
	struct vcard *card = NULL;
	enum store_result result;

	if (!request->is_served)
		return ANSWER_FORBIDDEN;
	result = find_account(request, &account);
	if (result == STORE_OK)
		result = read_profile(request, &account, &card);
	if (result == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	request->result = xml_new(request->arena, NS_REGISTER, "query");
	if (card) {
		xml_add(request->arena, request->result, NULL, "registered");
		registration = registration_of(request, &account, card);
	}
	write_registration(request, &registration);
	return ANSWER_RESULT;
}

/* ---- Signing off ---- */

/* 3.2 */
static enum answer remove_account(struct request *request)
{
	struct store_account account;

	for (const struct xml *child = request->payload->first; child; child = child->next)
		if (child->name && !xml_is(child, NS_REGISTER, "remove"))
			return ANSWER_BAD_REQUEST;
	if (!request->is_served)
		return ANSWER_FORBIDDEN;
	switch (find_account(request, &account)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return ANSWER_REGISTRATION_REQUIRED;
	case STORE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (account_erase(request->service, request->arena, &account, request->now) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}

/* ---- Signing up ---- */

static enum answer refuse(struct request *request, const char *why)
{
	request->error_text = why;
	return ANSWER_NOT_ACCEPTABLE;
}

/* 3.1: of the elements all must be filled in; of the form, what it says is required. */
static enum answer read_registration(struct request *request, struct registration *of)
{
	const struct xml *form = xml_child(request->payload, NS_DATA, "x");
	struct arena *arena = request->arena;

	if (form) {
		if (!form_is(arena, form, NS_REGISTER))
			return ANSWER_BAD_REQUEST;
		of->name = form_value(arena, form, "name");
		of->phone = form_value(arena, form, "phone");
		of->email = form_value(arena, form, "email");
		return of->name && *of->name ? ANSWER_RESULT : refuse(request, "a name is needed");
	}
	of->name = xml_child_text(arena, request->payload, "name");
	of->phone = xml_child_text(arena, request->payload, "phone");
	of->email = xml_child_text(arena, request->payload, "email");
	if (!of->name || !*of->name || !of->phone || !*of->phone || !of->email || !*of->email)
		return refuse(request, "name, phone and email are needed");
	return ANSWER_RESULT;
}

/* What is not filled in stays as it is: to give a number up, the form `profile` is there. */
static enum answer bring_in(struct request *request, const struct store_account *account,
	struct vcard *card, const struct registration *of)
{
	struct registration before = registration_of(request, account, card);
	struct vcard_property *email = vcard_first(card, "EMAIL");

	card_form_set_name(card, of->name);
	if (of->phone && *of->phone && strcmp(of->phone, before.phone) != 0 &&
		!card_form_set_tel(card, card_form_tel(card, NULL), of->phone, NULL,
			rules_region(&request->service->rules, account)))
		return refuse(request, "phone is no telephone number");
	if (!of->email || !*of->email)
		return ANSWER_RESULT;
	if (!strchr(of->email, '@'))
		return refuse(request, "email is no e-mail address");
	if (!email)
		vcard_add(card, NULL, "EMAIL", "text", of->email);
	else if (strcmp(vcard_text(email), of->email) != 0)
		vcard_set_text(card, email, "text", of->email);
	return ANSWER_RESULT;
}

static enum answer store_registration(struct request *request, const struct registration *of)
{
	struct service *service = request->service;
	struct store_account account;
	struct vcard *card = NULL;
	const char *why = NULL;
	enum answer answer = request_account(request, &account);

	if (answer != ANSWER_RESULT)
		return answer;
	if (read_profile(request, &account, &card) == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (!card)
		card = vcard_new(request->arena);
	answer = bring_in(request, &account, card, of);
	if (answer != ANSWER_RESULT)
		return answer;
	switch (profile_publish(&service->rules, request->arena, &account, card, PROFILE_FROM_KITH,
		request->now, &why)) {
	case PROFILE_OK:
		break;
	case PROFILE_INVALID:
		return refuse(request, why);
	case PROFILE_LIMITED:
		request->error_text = why;
		return ANSWER_RESOURCE_CONSTRAINT;
	case PROFILE_NONE:
	case PROFILE_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (published_tell(service, request->arena, &account, request->now) != 0)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}

static enum answer set(struct request *request)
{
	struct registration registration = {NULL, NULL, NULL};
	enum answer answer;

	if (xml_child(request->payload, NULL, "remove"))
		return remove_account(request);
	if (!request->is_served)
		return ANSWER_FORBIDDEN;
	answer = read_registration(request, &registration);
	if (answer == ANSWER_RESULT)
		answer = store_registration(request, &registration);
	return answer;
}

static const struct feature_row rows[] = {
	{NS_REGISTER, "query", get, set},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_register = {.name = "XEP-0077", .rows = rows};
