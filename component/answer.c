/* Answers: RFC 6120, 8.3 (stanza errors), the conditions and the types that 8.3.3 gives them. */
#include "component/answer.h"

#include "common/ns.h"
#include "common/xml.h"
#include "component/delegation.h"

static const struct {
	const char *name, *type;
} conditions[] = {
	[ANSWER_RESULT] = {"result", ""},
	[ANSWER_BAD_REQUEST] = {"bad-request", "modify"},
	[ANSWER_CONFLICT] = {"conflict", "cancel"},
	[ANSWER_FEATURE_NOT_IMPLEMENTED] = {"feature-not-implemented", "cancel"},
	[ANSWER_FORBIDDEN] = {"forbidden", "auth"},
	[ANSWER_GONE] = {"gone", "cancel"},
	/* The RFC's example has `cancel`; what fails here is the disk, and trying later is right.
	 */
	[ANSWER_INTERNAL_SERVER_ERROR] = {"internal-server-error", "wait"},
	[ANSWER_ITEM_NOT_FOUND] = {"item-not-found", "cancel"},
	[ANSWER_JID_MALFORMED] = {"jid-malformed", "modify"},
	[ANSWER_NOT_ACCEPTABLE] = {"not-acceptable", "modify"},
	[ANSWER_NOT_ALLOWED] = {"not-allowed", "cancel"},
	[ANSWER_NOT_AUTHORIZED] = {"not-authorized", "auth"},
	[ANSWER_POLICY_VIOLATION] = {"policy-violation", "modify"},
	[ANSWER_REGISTRATION_REQUIRED] = {"registration-required", "auth"},
	[ANSWER_RESOURCE_CONSTRAINT] = {"resource-constraint", "wait"},
	[ANSWER_SERVICE_UNAVAILABLE] = {"service-unavailable", "cancel"},
	[ANSWER_UNEXPECTED_REQUEST] = {"unexpected-request", "wait"},
};

const char *answer_name(enum answer answer)
{
	return conditions[answer].name;
}

struct xml *answer_new(struct arena *arena, const struct xml *stanza, const char *type)
{
	struct xml *reply = xml_new(arena, NS_COMPONENT, stanza->name);
	bool is_wrapped = delegation_wrap(arena, reply, stanza, type);

	xml_set(arena, reply, "type", is_wrapped ? "result" : type);
	xml_set(arena, reply, "from", xml_get(stanza, "to"));
	xml_set(arena, reply, "to", xml_get(stanza, "from"));
	xml_set(arena, reply, "id", xml_get(stanza, "id"));
	return reply;
}

struct xml *answer_body(struct xml *reply)
{
	struct xml *wrapped = delegation_inner(reply);

	return wrapped ? wrapped : reply;
}

void answer_set_error(
	struct arena *arena, struct xml *reply, enum answer answer, const struct request *request)
{
	struct xml *error;

	if (!reply)
		return;
	reply = answer_body(reply);
	while (reply->first)
		xml_remove(reply->first);
	xml_set(arena, reply, "type", "error");
	error = xml_add(arena, reply, NULL, "error");
	xml_set(arena, error, "type", conditions[answer].type);
	xml_add(arena, error, NS_STANZA_ERROR, conditions[answer].name);
	if (!request)
		return;
	xml_add_text_element(arena, error, NS_STANZA_ERROR, "text", request->error_text);
	if (request->error_condition) {
		struct xml *condition =
			xml_add(arena, error, request->error_ns, request->error_condition);

		if (request->error_feature)
			xml_set(arena, condition, "feature", request->error_feature);
	}
}
