/* The settings as such: the words for them, their defaults. Reading: settings_read.c; who is
 * served: settings_groups.c. */
#include "component/settings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/settings_read.h"

struct word {
	const char *word;
	int value;
};

static const struct word circles[] = {
	{"nobody", CIRCLE_NOBODY},
	{"chosen", CIRCLE_CHOSEN},
	{"mutual", CIRCLE_MUTUAL},
	{"known", CIRCLE_KNOWN},
	{"everyone", CIRCLE_EVERYONE},
	{NULL, 0},
};
static const struct word shares[] = {
	{"no", SHARE_NO},
	{"yes", SHARE_YES},
	{"ask", SHARE_ASK},
	{NULL, 0},
};
static const struct word updates[] = {
	{"never", UPDATES_NEVER},
	{"auto", UPDATES_AUTO},
	{"ask", UPDATES_ASK},
	{NULL, 0},
};

/* Seconds. A list, so that every client can show it. */
static const struct word holds[] = {
	{"0", 0},
	{"60", 60},
	{"300", 300},
	{"600", 600},
	{"1800", 1800},
	{"3600", 3600},
	{"86400", 86400},
	{NULL, 0},
};
static const struct word pushes[] = {{"off", PUSHES_OFF}, {"on", PUSHES_ON}, {NULL, 0}};
static const struct word first_changes[] = {
	{"go", FIRST_CHANGE_GO},
	{"ask", FIRST_CHANGE_ASK},
	{NULL, 0},
};

/* Design, section 4, "Rules": a row a setting. */
static const struct {
	const char *name;
	const struct word *words;
	int presets[PRESET_COUNT];
	const char *label;
} rows[SETTING_COUNT] = {
	[SETTING_VISIBLE] = {"visible", circles,
		{[PRESET_SHIPPED] = CIRCLE_KNOWN,
			[PRESET_COMPANY] = CIRCLE_EVERYONE,
			[PRESET_PUBLIC] = CIRCLE_MUTUAL},
		"Who may read my numbers"},
	[SETTING_AUDIENCE] = {"audience", circles,
		{[PRESET_SHIPPED] = CIRCLE_KNOWN,
			[PRESET_COMPANY] = CIRCLE_KNOWN,
			[PRESET_PUBLIC] = CIRCLE_MUTUAL},
		"Whose address books follow when my numbers change"},
	[SETTING_FINDABLE] = {"findable", circles,
		{[PRESET_SHIPPED] = CIRCLE_NOBODY,
			[PRESET_COMPANY] = CIRCLE_EVERYONE,
			[PRESET_PUBLIC] = CIRCLE_NOBODY},
		"Who finds me by searching"},
	[SETTING_SHARE] = {"share", shares,
		{[PRESET_SHIPPED] = SHARE_ASK,
			[PRESET_COMPANY] = SHARE_YES,
			[PRESET_PUBLIC] = SHARE_ASK},
		"Whether the service may pass my card on"},
	[SETTING_UPDATES] = {"updates", updates,
		{[PRESET_SHIPPED] = UPDATES_AUTO,
			[PRESET_COMPANY] = UPDATES_AUTO,
			[PRESET_PUBLIC] = UPDATES_ASK},
		"What a change of somebody else's numbers does to my card of them"},
	[SETTING_PUSHES] = {"pushes", pushes,
		{[PRESET_SHIPPED] = PUSHES_ON,
			[PRESET_COMPANY] = PUSHES_ON,
			[PRESET_PUBLIC] = PUSHES_ON},
		"Whether I get a message when my card of somebody changed"},
	[SETTING_HOLD] = {"hold", holds,
		{[PRESET_SHIPPED] = 0, [PRESET_COMPANY] = 0, [PRESET_PUBLIC] = 600},
		"Seconds in which I can take a change of my numbers back, before others get it"},
	[SETTING_FIRST_CHANGE] = {"first_change", first_changes,
		{[PRESET_SHIPPED] = FIRST_CHANGE_ASK,
			[PRESET_COMPANY] = FIRST_CHANGE_GO,
			[PRESET_PUBLIC] = FIRST_CHANGE_ASK},
		"Whether a change of my numbers in the vCard of an ordinary client goes to others, "
		"or I am asked first"},
};

static const struct {
	const char *name, *label;
} lists[LISTED_COUNT] = {
	[LISTED_CHOSEN] = {"chosen", "Whom I choose, by address: within every circle but nobody"},
	[LISTED_BLOCKED] = {"blocked",
		"Whom I block, by address: outside every circle, and without effect on my cards"},
};

const char *listed_name(enum listed kind)
{
	return lists[kind].name;
}

const char *listed_label(enum listed kind)
{
	return lists[kind].label;
}

const char *setting_name(enum setting setting)
{
	return rows[setting].name;
}

int setting_by_name(const char *name)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (strcmp(rows[i].name, name) == 0)
			return i;
	return -1;
}

const char *setting_value_name(enum setting setting, int value)
{
	for (const struct word *word = rows[setting].words; word->word; word++)
		if (word->value == value)
			return word->word;
	return NULL;
}

int setting_value_by_name(enum setting setting, const char *text)
{
	for (const struct word *word = rows[setting].words; word->word; word++)
		if (strcmp(word->word, text) == 0)
			return word->value;
	return -1;
}

const char *setting_word(enum setting setting, size_t index)
{
	return rows[setting].words[index].word;
}

const char *setting_label(enum setting setting)
{
	return rows[setting].label;
}

int settings_preset_value(enum settings_preset preset, enum setting setting)
{
	return rows[setting].presets[preset];
}

static const char *const addresses_names[ADDRESSES_COUNT] = {
	[ADDRESSES_ABUSE] = "abuse_addresses",
	[ADDRESSES_ADMIN] = "admin_addresses",
	[ADDRESSES_FEEDBACK] = "feedback_addresses",
	[ADDRESSES_SALES] = "sales_addresses",
	[ADDRESSES_SECURITY] = "security_addresses",
	[ADDRESSES_STATUS] = "status_addresses",
	[ADDRESSES_SUPPORT] = "support_addresses",
};

const char *settings_addresses_name(enum addresses addresses)
{
	return addresses_names[addresses];
}

int settings_addresses_by_name(const char *name)
{
	for (int i = 0; i < ADDRESSES_COUNT; i++)
		if (strcmp(addresses_names[i], name) == 0)
			return i;
	return -1;
}

struct settings *settings_new(void)
{
	struct settings *settings = calloc(1, sizeof(*settings));
	bool has_lists = true;

	if (!settings)
		return NULL;
	for (int i = 0; i < ADDRESSES_COUNT; i++) {
		settings->addresses[i] = calloc(1, sizeof(**settings->addresses));
		has_lists &= settings->addresses[i] != NULL;
	}
	settings->server_host = strdup("127.0.0.1");
	settings->server_port = 5347;
	settings->secret = NULL;
	settings->store_path = strdup("/var/lib/kith/kith.db");
	settings->domains = calloc(1, sizeof(*settings->domains));
	settings->admins = calloc(1, sizeof(*settings->admins));
	settings->name = strdup("Kith");
	for (int i = 0; i < SETTING_COUNT; i++) {
		settings->defaults[i] = settings_preset_value(PRESET_SHIPPED, (enum setting)i);
		settings->choices[i] = UINT_MAX;
	}
	for (int i = 0; i < RATE_COUNT; i++)
		settings->limits.rates[i] = settings_rate_default((enum rate)i);
	settings->limits.contacts_per_book = 10000;
	settings->limits.card_bytes = 131072;
	settings->limits.keep_days = 90;
	settings->limits.push_per_holder = 10;
	settings->limits.sleep_days = 0;
	settings->limits.queue_bytes = 4194304;
	if (!settings->server_host || !settings->store_path || !settings->domains ||
		!settings->admins || !settings->name || !has_lists ||
		settings_groups_finish(settings)) {
		settings_free(settings);
		return NULL;
	}
	return settings;
}

int settings_list_add(char ***list, const char *text)
{
	size_t count = 0;
	char **longer;

	while ((*list)[count])
		count++;
	longer = realloc(*list, (count + 2) * sizeof(**list));
	if (!longer)
		return -1;
	*list = longer;
	longer[count + 1] = NULL;
	longer[count] = strdup(text);
	return longer[count] ? 0 : -1;
}

struct settings *settings_new_for_test(void)
{
	struct settings *settings = settings_new();

	if (!settings)
		return NULL;
	strcpy(settings->jid, "kith.example.org");
	strcpy(settings->region, "GB");
	free(settings->store_path);
	settings->store_path = strdup(":memory:");
	settings->secret = strdup("secret");
	if (!settings->store_path || !settings->secret ||
		settings_list_add(&settings->domains, "example.org")) {
		settings_free(settings);
		return NULL;
	}
	return settings;
}

static void free_list(char **list)
{
	for (char **item = list; item && *item; item++)
		free(*item);
	free(list);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	settings_secret_free(settings->secret);
	free(settings->secret_file);
	free(settings->server_host);
	free(settings->store_path);
	free(settings->name);
	free(settings->description);
	free(settings->url);
	free_list(settings->domains);
	free_list(settings->admins);
	for (int i = 0; i < ADDRESSES_COUNT; i++)
		free_list(settings->addresses[i]);
	for (size_t i = 0; i < settings->group_count; i++) {
		free(settings->groups[i].name);
		free_list(settings->groups[i].members);
	}
	free(settings->groups);
	free(settings->members);
	free(settings);
}

bool settings_is_admin(const struct settings *settings, const char *bare_jid)
{
	for (char **admin = settings->admins; *admin; admin++)
		if (strcmp(*admin, bare_jid) == 0)
			return true;
	return false;
}
