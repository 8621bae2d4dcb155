/* Fields with types: see field.h; XEP-0122, version 1.0.2, 2.2 and 3.6. */
#include "component/field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/xml.h"
#include "component/form.h"

/* What one value is checked against. */
struct checked {
	struct arena *arena;
	const struct field *field;
	const char *value; /* without blanks around it, not empty */
	const char *region;
};

static bool is_phone(const struct checked *checked)
{
	struct phone phone;

	phone_read(&phone, checked->value, checked->region);
	return phone.identity[0] != '\0';
}

static bool is_email(const struct checked *checked)
{
	const char *at = strchr(checked->value, '@');

	return at && at > checked->value && at[1] && !strpbrk(checked->value, " \t\r\n");
}

static bool is_integer(const struct checked *checked)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(checked->value, &end, 10);
	return !*end && !errno && number >= checked->field->min && number <= checked->field->max;
}

static bool is_account(const struct checked *checked)
{
	const char *bare;

	return jid_is_account(checked->arena, checked->value, &bare);
}

static bool is_yes_no(const struct checked *checked)
{
	return field_is_true(checked->value) || strcmp(checked->value, "0") == 0 ||
	       strcmp(checked->value, "false") == 0;
}

static bool is_option(const struct checked *checked)
{
	const struct field_option *option = checked->field->options;

	for (; option && option->value; option++)
		if (strcmp(option->value, checked->value) == 0)
			return true;
	return checked->field->options == NULL;
}

/* By enum field_kind. datatype NULL: nothing is said. The patterns also hold where they need not
 * match the whole; the digits are those of ASCII, Arabic, Persian and full width. */
#define DIGIT "[0-9\xd9\xa0-\xd9\xa9\xdb\xb0-\xdb\xb9\xef\xbc\x90-\xef\xbc\x99]"
static const struct {
	const char *datatype, *method, *pattern;
	bool (*is_valid)(const struct checked *checked);
	const char *fault;
} kinds[] = {
	[FIELD_TEXT] = {NULL, NULL, NULL, NULL, NULL},
	[FIELD_NAME] = {"xs:string", "regex", ".*[^ ].*", NULL, NULL},
	[FIELD_PHONE] = {"xs:string", "regex", ".*" DIGIT ".*" DIGIT ".*", is_phone,
		"is no telephone number"},
	[FIELD_EMAIL] = {"xs:string", "regex", "[^@ ]+@[^@ ]+", is_email, "is no e-mail address"},
	[FIELD_LINES] = {"xs:string", "open", NULL, NULL, NULL},
	[FIELD_INTEGER] = {"xs:integer", "range", NULL, is_integer, "is no number in its range"},
	[FIELD_ACCOUNT] = {NULL, NULL, NULL, is_account, "is no address of an account"},
	[FIELD_YES_NO] = {NULL, NULL, NULL, is_yes_no, "is neither 0 nor 1"},
	[FIELD_CHOICE] = {NULL, NULL, NULL, is_option, "is none of the choices"},
};

void field_add_type(struct arena *arena, struct xml *element, const struct field *field)
{
	struct xml *validate, *method;

	if (!kinds[field->kind].datatype)
		return;
	validate = xml_add(arena, element, NS_DATA_VALIDATE, "validate");
	xml_set(arena, validate, "datatype", kinds[field->kind].datatype);
	if (kinds[field->kind].pattern) {
		xml_add_text_element(arena, validate, NULL, "regex", kinds[field->kind].pattern);
		return;
	}
	method = xml_add(arena, validate, NULL, kinds[field->kind].method);
	if (field->kind != FIELD_INTEGER)
		return;
	xml_set(arena, method, "min", arena_printf(arena, "%" PRId64, field->min));
	xml_set(arena, method, "max", arena_printf(arena, "%" PRId64, field->max));
}

struct xml *field_add(
	struct arena *arena, struct xml *form, const struct field *field, const char *value)
{
	struct xml *element = form_add(arena, form, field->var, field->type, field->label, value);

	if (field->is_required)
		form_require(arena, element);
	for (const struct field_option *o = field->options; o && o->value; o++)
		form_add_option(arena, element, o->label, o->value);
	field_add_type(arena, element, field);
	return element;
}

bool field_is_true(const char *value)
{
	return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

const char *field_fault(
	struct arena *arena, const struct xml *form, const struct field *fields, const char *region)
{
	for (const struct field *field = fields; field->var; field++) {
		const struct xml *element = form_field(form, field->var);
		bool is_empty = true;

		for (const struct xml *v = xml_child(element, NULL, "value"); v;
			v = xml_next(v, NS_DATA, "value")) {
			struct checked checked = {arena, field, form_line(arena, v), region};

			if (!checked.value)
				return "no memory";
			if (!*checked.value)
				continue;
			is_empty = false;
			if (kinds[field->kind].is_valid && !kinds[field->kind].is_valid(&checked))
				return arena_printf(arena, "%s: %s %s", field->var, checked.value,
					kinds[field->kind].fault);
		}
		if (is_empty && field->is_required)
			return arena_printf(arena, "%s is missing", field->var);
	}
	return NULL;
}
