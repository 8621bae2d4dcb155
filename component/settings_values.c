/* The values of kith.conf: what each key can be. */
#include "component/settings_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/phone.h"

#define SLEEP_DAYS_MIN 30 /* less is more likely a slip than meant */

void reader_set_text(struct reader *reader, char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy) {
		reader_lacks_memory(reader);
		return;
	}
	free(*field);
	*field = copy;
}

static void set_jid(struct reader *reader, const char *value)
{
	struct jid jid;

	if (jid_parse(&jid, reader->arena, value) || jid.local || jid.resource)
		reader_fault(reader, "jid is not a domain: %s", reader_quoted(reader, value));
	else
		snprintf(reader->settings->jid, sizeof(reader->settings->jid), "%s", jid.domain);
}

/* HOST:PORT, [IPv6]:PORT */
static void set_server(struct reader *reader, const char *value)
{
	const char *colon = strrchr(value, ':');
	const char *host = value;
	size_t len = colon ? (size_t)(colon - value) : 0;
	char *end = NULL;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
	char *copy;

	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (len && memchr(host, ':', len)) {
		len = 0;
	}
	if (!len || !end || *end || port < 1 || port > 65535) {
		reader_fault(reader, "server is not HOST:PORT: %s", reader_quoted(reader, value));
		return;
	}
	copy = strndup(host, len);
	if (!copy) {
		reader_lacks_memory(reader);
		return;
	}
	free(reader->settings->server_host);
	reader->settings->server_host = copy;
	reader->settings->server_port = (uint16_t)port;
}

static void set_store(struct reader *reader, const char *value)
{
	static const char scheme[] = "sqlite:";

	if (strncmp(value, scheme, strlen(scheme)) != 0 || !value[strlen(scheme)])
		reader_fault(reader, "store is not sqlite:FILE: %s", reader_quoted(reader, value));
	else
		reader_set_text(reader, &reader->settings->store_path, value + strlen(scheme));
}

/* One or more, with commas or blanks between. */
static void add_to_list(struct reader *reader, enum key key, const char *value)
{
	char *words = arena_strdup(reader->arena, value);
	char *rest = NULL;

	if (!words)
		return;
	for (char *word = strtok_r(words, ", \t", &rest); word;
		word = strtok_r(NULL, ", \t", &rest)) {
		struct settings *settings = reader->settings;
		char ***list = &settings->domains;
		const char *text = NULL;
		struct jid jid;

		if (key == KEY_ADMINS) {
			list = &settings->admins;
			if (!jid_is_account(reader->arena, word, &text))
				reader_fault(reader, "admins: not the JID of an account: %s",
					reader_quoted(reader, word));
		} else if (key == KEY_MEMBERS) {
			/* A group with a name that is none has been told. */
			if (settings->group_count == 0)
				return;
			list = &settings->groups[settings->group_count - 1].members;
			if (jid_parse(&jid, reader->arena, word) || jid.resource)
				reader_fault(reader, "members: neither a domain nor an account: %s",
					reader_quoted(reader, word));
			else
				text = jid.bare;
		} else if (jid_parse(&jid, reader->arena, word) || jid.local || jid.resource) {
			reader_fault(
				reader, "domains: not a domain: %s", reader_quoted(reader, word));
		} else {
			text = jid.domain;
		}
		if (text && settings_list_add(list, text))
			reader_lacks_memory(reader);
	}
}

/* URIs, with commas or blanks between: XEP-0157, 3. */
static void add_addresses(struct reader *reader, const char *name, const char *value, char ***list)
{
	char *words = arena_strdup(reader->arena, value);
	char *rest = NULL;

	if (!words)
		return;
	for (char *word = strtok_r(words, ", \t", &rest); word;
		word = strtok_r(NULL, ", \t", &rest)) {
		size_t scheme = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789+-.");

		if (scheme == 0 || word[scheme] != ':' || !word[scheme + 1])
			reader_fault(reader, "%s: not a URI, such as mailto: or xmpp: begin: %s",
				name, reader_quoted(reader, word));
		else if (settings_list_add(list, word))
			reader_lacks_memory(reader);
	}
}

static void set_region(struct reader *reader, const char *value)
{
	if (strlen(value) != 2 || !phone_is_region(value))
		reader_fault(reader, "region is not a country's two letters: %s",
			reader_quoted(reader, value));
	else
		memcpy(reader->settings->region, value, sizeof(reader->settings->region));
}

static void set_preset(struct reader *reader, const char *value)
{
	if (strcmp(value, "company") == 0)
		reader->preset = PRESET_COMPANY;
	else if (strcmp(value, "public") == 0)
		reader->preset = PRESET_PUBLIC;
	else
		reader_fault(reader, "preset is neither company nor public: %s",
			reader_quoted(reader, value));
}

static void set_number(struct reader *reader, const char *name, const char *value, unsigned least,
	unsigned most, unsigned *field)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || number < least || number > most)
		reader_fault(reader, "%s is not a number from %u to %u: %s", name, least, most,
			reader_quoted(reader, value));
	else
		*field = (unsigned)number;
}

static void set_rate(struct reader *reader, const char *name, const char *value, unsigned index)
{
	struct settings_rate *rate = &reader->settings->limits.rates[index / 2];

	if (index % 2 == 0)
		set_number(reader, name, value, 0, 1000000, &rate->account);
	else
		set_number(reader, name, value, 0, 100000000, &rate->all);
}

static void set_default(struct reader *reader, enum setting setting, const char *value)
{
	reader->defaults[setting] = setting_value_by_name(setting, value);
	if (reader->defaults[setting] < 0)
		reader_fault(reader, "%s can't be %s", setting_name(setting),
			reader_quoted(reader, value));
}

void reader_set(struct reader *reader, enum key key, const char *name, const char *value)
{
	struct settings *settings = reader->settings;

	switch (key) {
	case KEY_JID:
		set_jid(reader, value);
		return;
	case KEY_SERVER:
		set_server(reader, value);
		return;
	case KEY_SECRET:
		reader_set_text(reader, &settings->secret, value);
		return;
	case KEY_SECRET_FILE:
		reader_set_text(reader, &settings->secret_file, value);
		return;
	case KEY_STORE:
		set_store(reader, value);
		return;
	case KEY_DOMAINS:
	case KEY_ADMINS:
	case KEY_MEMBERS:
		add_to_list(reader, key, value);
		return;
	case KEY_REGION:
		set_region(reader, value);
		return;
	case KEY_PRESET:
		set_preset(reader, value);
		return;
	case KEY_NAME:
		reader_set_text(reader, &settings->name, value);
		return;
	case KEY_DESCRIPTION:
		reader_set_text(reader, &settings->description, value);
		return;
	case KEY_URL:
		reader_set_text(reader, &settings->url, value);
		return;
	case KEY_CONTACTS_PER_BOOK:
		set_number(reader, name, value, 1, 1000000, &settings->limits.contacts_per_book);
		return;
	case KEY_CARD_BYTES: /* a stanza holds 512 KiB, and has to be escaped and wrapped */
		set_number(reader, name, value, 1024, 262144, &settings->limits.card_bytes);
		return;
	case KEY_KEEP_DAYS:
		set_number(reader, name, value, 1, 3650, &settings->limits.keep_days);
		return;
	case KEY_PUSH_PER_HOLDER:
		set_number(reader, name, value, 1, 1000, &settings->limits.push_per_holder);
		return;
	case KEY_SLEEP_DAYS:
		set_number(reader, name, value, 0, 36500, &settings->limits.sleep_days);
		if (settings->limits.sleep_days > 0 && settings->limits.sleep_days < SLEEP_DAYS_MIN)
			reader_fault(reader, "sleep_days is 0, or at least %d", SLEEP_DAYS_MIN);
		return;
	case KEY_QUEUE_BYTES:
		set_number(reader, name, value, 65536, 1073741824, &settings->limits.queue_bytes);
		return;
	case KEY_ADDRESSES:
	case KEY_RATES:
	case KEY_DEFAULTS:
	case KEY_CHOICES:
	case KEY_COUNT:
		break;
	}
	if (key < KEY_RATES)
		add_addresses(reader, name, value, &settings->addresses[key - KEY_ADDRESSES]);
	else if (key < KEY_DEFAULTS)
		set_rate(reader, name, value, key - KEY_RATES);
	else if (key < KEY_CHOICES)
		set_default(reader, (enum setting)(key - KEY_DEFAULTS), value);
	else
		reader_add_choices(reader, (enum setting)(key - KEY_CHOICES), value);
}
