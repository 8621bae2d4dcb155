/* kithctl import --from prosody: the vCards in the data directory of a Prosody 0.12 with its
 * internal storage: those published by PEP (also what mod_vcard_legacy made of a client's
 * vcard-temp), and those that mod_vcard stored. */
#include "component/ctl.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The store's directory. One that isn't there is empty: Prosody makes it with the first file. */
static bool import_store(struct ctl_import *import, struct arena *arena, const char *data,
	const char *domain, size_t n)
{
	const char *encoded = encode(arena, domain);
	const char *path = arena_printf(arena, "%s/%s/%s", data, encoded, stores[n].name);
	struct dirent **entries = NULL;
	int count = path != NULL ? scandir(path, &entries, NULL, alphasort) : -1;
	bool is_read = count >= 0 || errno == ENOENT;

	if (!is_read)
		fprintf(stderr, "kithctl: %s: %s\n", path != NULL ? path : data, strerror(errno));
	for (int i = 0; i < count; i++) {
		struct arena *one = arena_new(0);
		const char *node = decode(one, entries[i]->d_name, stores[n].end);
		/* What PEP has too was imported with it. */
		const char *other =
			node != NULL && n > 0
				? arena_printf(one, "%s/%s/%s/%s%s", data, encoded, stores[0].name,
					  encode(one, node), stores[0].end)
				: NULL;
		FILE *better = other != NULL ? fopen(other, "rb") : NULL;

		if (better != NULL)
			fclose(better);
		else if (node != NULL)
			is_read &=
				import_file(import, one, arena_printf(one, "%s@%s", node, domain),
					arena_printf(one, "%s/%s", path, entries[i]->d_name));
		arena_free(one);
		free(entries[i]);
	}
	free(entries);
	return is_read;
}

bool ctl_import_prosody(struct ctl_import *import, const char *directory)
{
	struct arena *arena = arena_new(0);
	bool is_read = arena != NULL;
	DIR *dir = opendir(directory);

	if (dir == NULL) {
		fprintf(stderr, "kithctl: %s: %s\n", directory, strerror(errno));
		is_read = false;
	} else {
		closedir(dir);
	}
	for (char **domain = import->ctl->settings->domains; is_read && *domain != NULL; domain++) {
		for (size_t n = 0; n < sizeof(stores) / sizeof(stores[0]); n++)
			is_read &= import_store(import, arena, directory, *domain, n);
	}
	arena_free(arena);
	return is_read;
}
