/* Publishing options (XEP-0060, 7.1.5): each field is a precondition on the configuration of the
 * node, which nobody can change; an unknown one is not met. */
#include <string.h>

#include "common/ns.h"
#include "common/xml.h"
#include "component/form.h"
#include "component/pubsub.h"

static bool is_met(const struct pubsub_option *option, const char *var, const char *value)
{
	for (; option->var; option++)
		if (strcmp(option->var, var) == 0)
			return strcmp(option->value, value) == 0 ||
			       (option->also && strcmp(option->also, value) == 0);
	return false;
}

enum answer pubsub_check_options(
	struct request *request, const struct pubsub_node *node, const struct xml *publish_options)
{
	const struct xml *form, *field;

	if (!publish_options)
		return ANSWER_RESULT;
	form = xml_child(publish_options, NS_DATA, "x");
	if (!form_is(request->arena, form, NS_PUBLISH_OPTIONS))
		return request_pubsub_error(request, ANSWER_BAD_REQUEST, "invalid-options", NULL);
	for (field = xml_child(form, NULL, "field"); field;
		field = xml_next(field, NS_DATA, "field")) {
		const char *var = xml_get(field, "var");
		const char *value = var ? form_value(request->arena, form, var) : NULL;

		if (var && strcmp(var, "FORM_TYPE") == 0)
			continue;
		if (!value || !is_met(node->options, var, value))
			return request_pubsub_error(
				request, ANSWER_CONFLICT, "precondition-not-met", NULL);
	}
	return ANSWER_RESULT;
}
