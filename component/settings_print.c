/* Prints the settings in force as kith.conf would say them, without the secret. */
#include "component/settings.h"

#include "component/settings_read.h"

struct printer {
	void (*line)(void *context, const char *text);
	void *context;
	struct buffer text;
};

static void print(struct printer *printer)
{
	const char *text = buffer_string(&printer->text);

	if (text)
		printer->line(printer->context, text);
	buffer_reset(&printer->text);
}

static void print_text(struct printer *printer, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	buffer_printf(&printer->text, "%s = %s", key, value);
	print(printer);
}

static void print_number(struct printer *printer, const char *key, unsigned value)
{
	buffer_printf(&printer->text, "%s = %u", key, value);
	print(printer);
}

static void print_list(struct printer *printer, const char *key, char *const *list)
{
	if (!*list)
		return;
	buffer_printf(&printer->text, "%s = ", key);
	for (char *const *item = list; *item; item++)
		buffer_printf(&printer->text, "%s%s", item > list ? ", " : "", *item);
	print(printer);
}

static void print_choices(
	struct printer *printer, const struct settings *settings, enum setting setting)
{
	buffer_printf(&printer->text, "%s = ", setting_name(setting));
	for (size_t i = 0; settings_choice(settings, setting, i); i++)
		buffer_printf(&printer->text, "%s%s", i > 0 ? ", " : "",
			settings_choice(settings, setting, i));
	print(printer);
}

static void print_rate(struct printer *printer, const struct settings *settings, enum rate rate)
{
	const struct settings_rate *limit = &settings->limits.rates[rate];

	print_number(printer, settings_rate_name(rate), limit->account);
	buffer_printf(
		&printer->text, "%s" RATE_IN_ALL " = %u", settings_rate_name(rate), limit->all);
	print(printer);
}

void settings_print(const struct settings *settings, void (*line)(void *context, const char *text),
	void *context)
{
	struct printer printer = {line, context, {0}};
	bool is_numeric_6 = false;

	buffer_init(&printer.text, 0);
	for (const char *c = settings->server_host; *c; c++)
		is_numeric_6 |= *c == ':';
	print_text(&printer, "jid", settings->jid);
	buffer_printf(&printer.text, is_numeric_6 ? "server = [%s]:%u" : "server = %s:%u",
		settings->server_host, (unsigned)settings->server_port);
	print(&printer);
	buffer_printf(&printer.text, "store = sqlite:%s", settings->store_path);
	print(&printer);
	print_list(&printer, "domains", settings->domains);
	print_list(&printer, "admins", settings->admins);
	print_text(&printer, "region", settings->region);
	print_text(&printer, "name", settings->name);
	print_text(&printer, "description", settings->description);
	print_text(&printer, "url", settings->url);
	for (int i = 0; i < ADDRESSES_COUNT; i++)
		print_list(&printer, settings_addresses_name((enum addresses)i),
			settings->addresses[i]);
	for (size_t i = 0; i < settings->group_count; i++) {
		buffer_printf(&printer.text, "[group %s]", settings->groups[i].name);
		print(&printer);
		print_list(&printer, "members", settings->groups[i].members);
	}
	line(context, "[defaults]");
	for (int i = 0; i < SETTING_COUNT; i++)
		print_text(&printer, setting_name((enum setting)i),
			setting_value_name((enum setting)i, settings->defaults[i]));
	line(context, "[choices]");
	for (int i = 0; i < SETTING_COUNT; i++)
		print_choices(&printer, settings, (enum setting)i);
	line(context, "[limits]");
	print_number(&printer, "contacts_per_book", settings->limits.contacts_per_book);
	print_number(&printer, "card_bytes", settings->limits.card_bytes);
	print_number(&printer, "keep_days", settings->limits.keep_days);
	print_number(&printer, "push_per_holder", settings->limits.push_per_holder);
	print_number(&printer, "sleep_days", settings->limits.sleep_days);
	print_number(&printer, "queue_bytes", settings->limits.queue_bytes);
	for (int i = 0; i < RATE_COUNT; i++)
		print_rate(&printer, settings, (enum rate)i);
	buffer_clear(&printer.text);
}
