/* How a property's value is written in a version of vCard text: RFC 2426 against RFC 6350. */
#include "common/vcard_written.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/vcard_forms.h"
#include "common/vcard_schema.h"

/* ---- The form ---- */
static void choose_form_of_3(
	struct vcard_written *written, struct arena *arena, const struct vcard_property *property)
{
	const char *text = vcard_text(property), *type = property->value_type;
	const char *latitude, *longitude;
	bool uri = strcmp(type, "uri") == 0;

	if (uri && (written->text = vcard_data_split(arena, text, &written->media))) {
		written->form = VCARD_FORM_DATA;
		written->text = vcard_base64(arena, written->text);
	} else if (strcmp(property->name, "TEL") == 0 && strncasecmp(text, "tel:", 4) == 0) {
		written->form = VCARD_FORM_TEL;
		written->text = vcard_tel_plain(arena, text);
	} else if (uri && strcmp(property->name, "GEO") == 0 &&
		   vcard_geo_split(arena, text, &latitude, &longitude) == 0) {
		written->form = VCARD_FORM_GEO;
		written->text = arena_printf(arena, "%s;%s", latitude, longitude);
	} else if (strcmp(type, "utc-offset") == 0 && strcmp(property->name, "TZ") == 0 &&
		   (written->text = vcard_offset_extended(arena, text))) {
		written->form = VCARD_FORM_OFFSET;
	} else if (strncmp(type, "date", 4) == 0 || strcmp(type, "timestamp") == 0) {
		written->form = VCARD_FORM_DATE;
		written->text = vcard_date_extended(arena, text);
	}
}

/* ---- VALUE ---- */
static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(name, *names) != 0)
		names++;
	return *names != NULL;
}

/* The type of a value where it isn't the default of the property in this version; else NULL. */
static const char *unusual_type(
	const struct vcard_property *property, enum vcard_version version, enum vcard_form form)
{
	static const char *const texts_of_3[] = {"IMPP", "RELATED", "TEL", "UID", NULL};
	static const char *const data_of_3[] = {"KEY", "LOGO", "PHOTO", "SOUND", NULL};
	const char *usual = vcard_schema_value_type(property->name), *type = property->value_type;

	if (strcmp(type, "unknown") == 0 || (form != VCARD_FORM_PLAIN && form != VCARD_FORM_DATE))
		return NULL;
	if (strncmp(type, "date", 4) == 0 && strcmp(usual, "date-and-or-time") == 0)
		return NULL;
	if (version == VCARD_3_0) {
		if (strcmp(property->name, "TZ") == 0) /* RFC 2426, 3.4.1 */
			return strcmp(type, "utc-offset") == 0 ? NULL : type;
		if (strcmp(type, "timestamp") == 0 || is_one_of(property->name, texts_of_3))
			return NULL;
		if (strcmp(type, "uri") == 0 && is_one_of(property->name, data_of_3))
			return type;
	}
	return strcmp(type, usual) == 0 ? NULL : type;
}

/* True if VALUE=word, as it was read, is true of what is written now. */
static bool is_still_true(const char *word, const struct vcard_property *property,
	enum vcard_version version, enum vcard_form form)
{
	if (strcmp(word, "binary") == 0)
		return form == VCARD_FORM_DATA;
	if (strcmp(word, "phone-number") == 0) /* RFC 2426, 3.3.1 */
		return version == VCARD_3_0 && strcmp(property->name, "TEL") == 0 &&
		       strcmp(property->value_type, "text") == 0;
	if (version == VCARD_3_0 &&
		(strcmp(word, "timestamp") == 0 || strcmp(word, "date-and-or-time") == 0))
		return false; /* RFC 2425, 5.8.4 has no such type */
	if (version == VCARD_3_0 && strcmp(word, "text") == 0 &&
		(strcmp(property->name, "UID") == 0 || strcmp(property->name, "TEL") == 0))
		return false; /* it is one anyway; 4.0 had to say so */
	return strcmp(word, property->value_type) == 0 && form != VCARD_FORM_DATA &&
	       form != VCARD_FORM_TEL && form != VCARD_FORM_GEO;
}

struct vcard_written vcard_written(
	struct arena *arena, const struct vcard_property *property, enum vcard_version version)
{
	struct vcard_written written = {.form = VCARD_FORM_PLAIN};
	const char *word = vcard_get_param(property, "VALUE");

	if (version == VCARD_3_0)
		choose_form_of_3(&written, arena, property);
	written.type = unusual_type(property, version, written.form);
	if (!word)
		return written;
	/* What was said is said again: more than the type (content-id), and what need not be said.
	 */
	if (vcard_schema_is_value_word(word)
			? !written.type && is_still_true(word, property, version, written.form)
			: written.form == VCARD_FORM_PLAIN)
		written.type = word;
	return written;
}
