/* kithctl import --from prosody: the vCards in the data directory of a Prosody 0.12 with its
 * internal storage: those published by PEP (also what mod_vcard_legacy made of a client's
 * vcard-temp), and those that mod_vcard stored. */
#include "component/ctl.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "component/lua_data.h"

/* Where a domain's cards are, the better form first: an account has one of them imported. */
static const struct store_of {
	const char *name, *end;
} stores[] = {{"pep_urn%3axmpp%3avcard4", ".list"}, {"vcard", ".dat"}};

/* util.datamanager writes what is neither letter nor digit as %xx. */
static char *encode(struct arena *arena, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	char *out = arena_alloc(arena, 3 * strlen(text) + 1), *at = out;

	for (; at != NULL && *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			*at++ = *text;
		else
			at += sprintf(at, "%%%02x", (unsigned)(unsigned char)*text);
	}
	return out;
}

/* The node of a file's name; NULL: it is no file of a store that ends so. */
static char *decode(struct arena *arena, const char *file, const char *end)
{
	size_t len = strlen(file), end_len = strlen(end);
	char *out, *at;

	if (len <= end_len || strcmp(file + len - end_len, end) != 0)
		return NULL;
	out = at = arena_strndup(arena, file, len - end_len);
	for (const char *in = out; in != NULL && *in != '\0'; in++) {
		char digits[3] = {0}, *rest = digits;
		unsigned long code = 0;

		if (*in == '%')
			code = strtoul(strncpy(digits, in + 1, 2), &rest, 16);
		*at++ = rest == digits + 2 ? (char)code : *in;
		if (rest == digits + 2)
			in += 2;
	}
	if (at != NULL)
		*at = '\0';
	return out;
}

static bool import_file(
	struct ctl_import *import, struct arena *arena, const char *jid, const char *file)
{
	struct buffer in;
	const struct xml *card;
	const char *why = NULL;
	bool is_read = ctl_read_file(file, &in);

	if (is_read) {
		card = lua_data_element(arena, in.data, in.len, &why);
		ctl_import_profile(import, jid, card, why);
	}
	buffer_clear(&in);
	return is_read;
}

/* A file of the store in the domain's directory, unless the account has a card of the better form,
 * which was imported then. */
static bool import_entry(struct ctl_import *import, const char *directory, const char *domain,
	const struct store_of *store, const char *name)
{
	struct arena *arena = arena_new(0);
	const char *node = arena != NULL ? decode(arena, name, store->end) : NULL;
	bool is_read = arena != NULL;

	if (node != NULL) {
		const char *jid = arena_printf(arena, "%s@%s", node, domain);
		const char *file = arena_printf(arena, "%s/%s/%s", directory, store->name, name);
		const char *better = arena_printf(arena, "%s/%s/%s%s", directory, stores[0].name,
			encode(arena, node), stores[0].end);

		is_read = !arena_failed(arena);
		if (is_read && (store == stores || access(better, F_OK) != 0))
			is_read = import_file(import, arena, jid, file);
	}
	arena_free(arena);
	return is_read;
}

/* The store's directory. One that isn't there is empty: Prosody makes it with the first file. */
static bool import_store(struct ctl_import *import, struct arena *arena, const char *directory,
	const char *domain, const struct store_of *store)
{
	const char *path = arena_printf(arena, "%s/%s", directory, store->name);
	struct dirent **entries = NULL;
	int count = path != NULL ? scandir(path, &entries, NULL, alphasort) : -1;
	bool is_read = count >= 0 || errno == ENOENT;

	if (!is_read)
		fprintf(stderr, "kithctl: %s: %s\n", directory, strerror(errno));
	for (int i = 0; i < count; i++) {
		is_read &= import_entry(import, directory, domain, store, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return is_read;
}

bool ctl_import_prosody(struct ctl_import *import, const char *data)
{
	struct arena *arena = arena_new(0);
	const char *itself = arena != NULL ? arena_printf(arena, "%s/.", data) : NULL;
	bool is_read = itself != NULL;

	if (is_read && access(itself, R_OK) != 0) {
		fprintf(stderr, "kithctl: %s: %s\n", data, strerror(errno));
		is_read = false;
	}
	for (char **domain = import->ctl->settings->domains; is_read && *domain != NULL; domain++) {
		const char *directory = arena_printf(arena, "%s/%s", data, encode(arena, *domain));

		is_read = directory != NULL;
		for (size_t n = 0; is_read && n < sizeof(stores) / sizeof(stores[0]); n++)
			is_read = import_store(import, arena, directory, *domain, &stores[n]);
	}
	arena_free(arena);
	return is_read;
}
