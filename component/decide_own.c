/* Answers to matters about one's own numbers: see decide.h. */
#include "component/decide_own.h"

#include "common/arena.h"
#include "component/first.h"
#include "component/held.h"
#include "component/missing.h"
#include "component/published.h"

/* ---- Taking back what is held ---- */

/* `no` lets it be held on. */
enum answer decide_hold(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	struct service *service = request->service;

	*note = "The change stays.";
	if (!yes)
		return ANSWER_RESULT;
	switch (held_take_back(&service->rules, request->arena, matter, request->now)) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		*note = decide_no_longer;
		return ANSWER_RESULT;
	case MATTER_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	if (published_tell(service, request->arena, account, request->now) != 0)
		return ANSWER_INTERNAL_SERVER_ERROR;
	*note = arena_printf(
		request->arena, "Taken back: your numbers are as before (%s).", matter->what);
	return ANSWER_RESULT;
}

/* ---- Whether a change goes to others ---- */

enum answer describe_first(
	struct request *request, const struct store_matter *matter, const char **text)
{
	*text = NULL;
	switch (first_look(&request->service->rules, matter, request->now)) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		return ANSWER_RESULT;
	case MATTER_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	*text = arena_printf(request->arena,
		"Your numbers changed: %s. Are the address books of others to follow?",
		matter->what);
	return ANSWER_RESULT;
}

enum answer decide_first(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	struct service *service = request->service;

	switch (first_answer(&service->rules, matter, yes, request->now)) {
	case MATTER_OK:
		*note = arena_printf(request->arena,
			yes ? "The address books of others follow (%s)."
			    : "The address books of others stay as they are (%s). Who may read "
			      "your profile sees the change.",
			matter->what);
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		*note = decide_no_longer;
		break;
	case MATTER_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	/* What waited for this answer. */
	if (missing_ask(service, request->arena, account, request->now) != 0)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}

/* ---- Whether numbers are given up ---- */

enum answer decide_missing(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	struct service *service = request->service;
	const char *why = NULL;
	enum matter_result result;

	if (yes)
		result = missing_retire(
			&service->rules, request->arena, account, matter, request->now, &why);
	else
		result = missing_keep(&service->rules, request->arena, account, matter);
	switch (result) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		*note = why ? why : decide_no_longer;
		return ANSWER_RESULT;
	case MATTER_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	*note = arena_printf(
		request->arena, yes ? "Given up: %s." : "Your profile still has %s.", matter->what);
	if (yes && published_tell(service, request->arena, account, request->now) != 0)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}
