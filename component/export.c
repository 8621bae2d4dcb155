/* All that is stored of an account: see export.h. */
#include "component/export.h"

#include "common/arena.h"
#include "common/vcard.h"
#include "component/datetime.h"
#include "component/export_section.h"
#include "component/json.h"

struct store *export_store(const struct export *export)
{
	return export->request->service->store;
}

const char *export_time(const struct export *export, int64_t at)
{
	const char *text = datetime_format(export->request->arena, at);

	return text ? text : "";
}

void export_put_card(struct export *export, const char *text, size_t len)
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

/* In the order of the parts. */
static const struct {
	export_section *put;
	bool is_vcard; /* it is in the vCards, too */
} sections[] = {
	{export_account, false},
	{export_settings, false},
	{export_lists, false},
	{export_numbers, false},
	{export_missing, false},
	{export_changes, false},
	{export_run, false},
	{export_report, false},
	{export_roster, false},
	{export_follow, false},
	{export_profile, true},
	{export_held, false},
	{export_offers, false},
	{export_matters, false},
	{export_contacts, true},
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
		export->is_cut = export->out->len > EXPORT_PART_BYTES;
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
