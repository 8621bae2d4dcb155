/* What the service says of itself beside its features, in forms of disco#info (XEP-0128, version
 * 1.0.1): whom to write to (XEP-0157, version 1.1.1), what becomes of people's data (XEP-0504,
 * version 0.1.0), and for admins how much there is. */
#include "component/features.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/form.h"
#include "component/matter.h"

#define COUNT_MAX 100000 /* further nothing is counted for somebody who just looks around */

/* "abuse-addresses": the registry's name of a key of the conf. */
static const char *field_name(struct arena *arena, enum addresses addresses)
{
	char *name = arena_strdup(arena, settings_addresses_name(addresses));

	if (name)
		*strchr(name, '_') = '-';
	return name;
}

static void add_count(struct arena *arena, struct xml *form, const char *var, int64_t count)
{
	form_add(arena, form, var, NULL, NULL,
		arena_printf(
			arena, count == COUNT_MAX ? "%" PRId64 " or more" : "%" PRId64, count));
}

/* XEP-0128, 5: no more than is fit for who asks. */
static enum answer add_counts(struct request *request, struct xml *form)
{
	struct arena *arena = request->arena;
	struct store_stats stats;

	if (store_stats_upto(request->service->store, COUNT_MAX, &stats) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	add_count(arena, form, "x-accounts", stats.accounts);
	add_count(arena, form, "x-profiles", stats.profiles);
	add_count(arena, form, "x-contacts", stats.contacts);
	add_count(arena, form, "x-links", stats.links);
	add_count(arena, form, "x-runs", stats.runs);
	return ANSWER_RESULT;
}

/* XEP-0157, 3 */
static enum answer add_server_info(struct request *request, struct xml *query)
{
	const struct settings *settings = request->service->settings;
	struct arena *arena = request->arena;
	struct xml *form = form_new(arena, "result", NS_SERVERINFO);
	bool is_admin = settings_is_admin(settings, request->from.bare);
	bool says_something = is_admin;

	for (int i = 0; i < ADDRESSES_COUNT; i++) {
		struct xml *field;

		if (!*settings->addresses[i])
			continue;
		field = form_add(arena, form, field_name(arena, (enum addresses)i), "list-multi",
			NULL, NULL);
		for (char **address = settings->addresses[i]; *address; address++)
			form_add_value(arena, field, *address);
		says_something = true;
	}
	if (says_something)
		xml_append(query, form);
	return is_admin ? add_counts(request, form) : ANSWER_RESULT;
}

/* XEP-0504, 3: only what is so wherever Kith runs; of disks and backups it knows nothing. */
static void add_data_policy(struct request *request, struct xml *query)
{
	struct arena *arena = request->arena;
	struct xml *form = form_new(arena, "result", NS_DATA_POLICY);
	struct xml *field;

	xml_append(query, form);
	form_add(arena, form, "auth_data", "list-single", NULL, "no_auth");
	form_add(arena, form, "data_retention", "text-single", NULL, "infinite");
	form_add(arena, form, "data_deletion", "boolean", NULL, "true");
	form_add(arena, form, "encryption_at_rest", "boolean", NULL, "false");
	form_add(arena, form, "data_export", "boolean", NULL, "true");
	form_add(arena, form, "access_policy", "list-multi", NULL, "admins");
	form_add(arena, form, "full_erasure", "boolean", NULL, "true");
	field = form_add(arena, form, "extra_info", "text-multi", NULL, NULL);
	form_add_value(arena, field,
		"Stored are your profile with the history of its numbers, your address book, and "
		"your settings, until you remove them; and the day on which you were last seen.");
	form_add_value(arena, field,
		arena_printf(arena,
			"What you removed from your address book, what updates did to it, and the "
			"log of your changes are kept for %u days; questions to you for up to %d.",
			request->service->settings->limits.keep_days, MATTER_DAYS));
	form_add_value(arena, field,
		"Where your server lets the service read it: who is in your contact list, and has "
		"you in theirs.");
	form_add_value(arena, field,
		"Your numbers are seen by those whom your settings admit, your address book by "
		"you alone; the admins of this server could read both.");
	form_add_value(arena, field,
		"The command export gives you all of it, the command erase deletes all of it. "
		"What others wrote about you into their own address books stays theirs, with your "
		"address.");
}

static enum answer info(struct request *request, const char *node, struct xml *query)
{
	if (node)
		return ANSWER_ITEM_NOT_FOUND;
	add_data_policy(request, query);
	return add_server_info(request, query);
}

const struct feature feature_identity = {.name = "XEP-0128", .info = info};
