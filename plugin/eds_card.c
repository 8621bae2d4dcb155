/* Cards of Evolution Data Server and the texts that they are to the rest of Kith. */
#include "config.h"

#include "plugin/eds_card.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/book.h"

/* Of a number, for EDS's own search by number. */
#define PARAM_E164 "X-EVOLUTION-E164"

/* libebook 3.60 has cards of several versions, and writes each in its own. */
static char *to_string(EContact *card)
{
#if EDS_CHECK_VERSION(3, 59, 0)
	return e_vcard_to_string(E_VCARD(card));
#else
	return e_vcard_to_string(E_VCARD(card), EVC_FORMAT_VCARD_30);
#endif
}

/* ---- Files of photos and logos ---- */
static bool is_picture(EVCardAttribute *attribute)
{
	const char *name = e_vcard_attribute_get_name(attribute);

	return g_ascii_strcasecmp(name, EVC_PHOTO) == 0 || g_ascii_strcasecmp(name, EVC_LOGO) == 0;
}

static bool is_in(const char *path, const char *directory)
{
	char resolved[PATH_MAX];
	size_t len;

	if (!realpath(directory, resolved))
		return false;
	len = strlen(resolved);
	return strncmp(path, resolved, len) == 0 && path[len] == '/';
}

/* The file that EDS keeps a picture's data in, open; -1: it isn't in one. */
static int open_file(EVCardAttribute *attribute, const char *const *directories, struct stat *st)
{
	GList *values = e_vcard_attribute_get_values(attribute);
	char *named = NULL;
	char path[PATH_MAX];
	int fd = -1;

	if (is_picture(attribute) && values && values->data)
		named = g_filename_from_uri(values->data, NULL, NULL);
	if (named && realpath(named, path)) {
		while (*directories && !is_in(path, *directories))
			directories++;
		if (*directories)
			fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	g_free(named);
	if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The data in that file, in base64; NULL: there is none, or it can't be read. */
static char *file_data(EVCardAttribute *attribute, const char *const *directories)
{
	struct stat st;
	int fd = open_file(attribute, directories, &st);
	unsigned char *data = NULL;
	char *base64 = NULL;
	size_t len = 0;
	ssize_t got = 1;

	if (fd < 0)
		return NULL;
	if (st.st_size > 0 && st.st_size <= BOOK_ENTRY_MAX)
		data = g_malloc((size_t)st.st_size);
	while (data && got > 0 && len < (size_t)st.st_size) {
		got = read(fd, data + len, (size_t)st.st_size - len);
		len += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	if (data && len == (size_t)st.st_size)
		base64 = g_base64_encode(data, len);
	g_free(data);
	return base64;
}

/* The data of a picture that is in the card itself, in base64; NULL: it isn't. */
static char *inline_data(EVCardAttribute *attribute)
{
	GList *encoding = e_vcard_attribute_get_param(attribute, EVC_ENCODING);
	GList *values;
	const GString *data;

	if (!is_picture(attribute) || !encoding || !encoding->data ||
		g_ascii_strncasecmp(encoding->data, "b", 1) != 0)
		return NULL;
	values = e_vcard_attribute_get_values_decoded(attribute);
	data = values ? values->data : NULL;
	return data && data->len > 0 ? g_base64_encode((const guchar *)data->str, data->len) : NULL;
}

static void set_param(EVCardAttribute *attribute, const char *name, const char *value)
{
	e_vcard_attribute_remove_param(attribute, name);
	e_vcard_attribute_add_param_with_value(attribute, e_vcard_attribute_param_new(name), value);
}

/* What the data is, its readers see by its first bytes. */
static void set_data(EVCardAttribute *attribute, const char *base64)
{
	e_vcard_attribute_remove_param(attribute, EVC_VALUE);
	e_vcard_attribute_remove_param(attribute, EVC_TYPE);
	set_param(attribute, EVC_ENCODING, "b");
	e_vcard_attribute_remove_values(attribute);
	e_vcard_attribute_add_value(attribute, base64);
}

static void set_uri(EVCardAttribute *attribute, const char *uri)
{
	e_vcard_attribute_remove_param(attribute, EVC_ENCODING);
	e_vcard_attribute_remove_param(attribute, EVC_TYPE);
	set_param(attribute, EVC_VALUE, "uri");
	e_vcard_attribute_remove_values(attribute);
	e_vcard_attribute_add_value(attribute, uri);
}

/* ---- From EDS ---- */
/* A copy without what is EDS's own, but for the files. The UID is at its end: where it comes from
 * EDS depends on the call. */
static EContact *stripped(EContact *card)
{
	EContact *copy = e_contact_duplicate(card);

	char *uid = e_contact_get(copy, E_CONTACT_UID);

	e_vcard_remove_attributes(E_VCARD(copy), NULL, EVC_REV);
	for (GList *link = e_vcard_get_attributes(E_VCARD(copy)); link; link = link->next)
		e_vcard_attribute_remove_param(link->data, PARAM_E164);
	e_vcard_remove_attributes(E_VCARD(copy), NULL, EVC_UID);
	e_vcard_append_attribute_with_value(
		E_VCARD(copy), e_vcard_attribute_new(NULL, EVC_UID), uid);
	g_free(uid);
	return copy;
}

char *eds_card_text(EContact *card, const char *const *directories, size_t max)
{
	EContact *copy = stripped(card);
	char *text;

	for (GList *link = e_vcard_get_attributes(E_VCARD(copy)); link; link = link->next) {
		char *data = file_data(link->data, directories);

		if (data)
			set_data(link->data, data);
		g_free(data);
	}
	text = to_string(copy);
	g_object_unref(copy);
	if (text && strlen(text) > max) {
		g_free(text);
		text = NULL;
	}
	return text;
}

/* A file is written anew, or under another name, when what is in it changes. */
char *eds_card_revision(EContact *card, const char *const *directories)
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
	EContact *copy = stripped(card);
	char *text = to_string(copy);
	char *revision;

	g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text));
	for (GList *link = e_vcard_get_attributes(E_VCARD(copy)); link; link = link->next) {
		struct stat st;
		int fd = open_file(link->data, directories, &st);
		char *file;

		if (fd < 0)
			continue;
		close(fd);
		file = g_strdup_printf("%lld.%09ld-%lld", (long long)st.st_mtim.tv_sec,
			(long)st.st_mtim.tv_nsec, (long long)st.st_size);
		g_checksum_update(sum, (const guchar *)file, (gssize)strlen(file));
		g_free(file);
	}
	revision = g_strdup(g_checksum_get_string(sum));
	g_checksum_free(sum);
	g_free(text);
	g_object_unref(copy);
	return revision;
}

int64_t eds_card_changed_at(EContact *card)
{
	const char *rev = e_contact_get_const(card, E_CONTACT_REV);
	GDateTime *time = NULL;
	int64_t at = 0;

	if (rev) {
		/* "2026-01-31T10:00:00Z", and "(12)" perhaps. */
		char *stamp = g_strndup(rev, strcspn(rev, "("));
		GTimeZone *utc = g_time_zone_new_utc();

		time = g_date_time_new_from_iso8601(stamp, utc);
		g_time_zone_unref(utc);
		g_free(stamp);
	}
	if (time) {
		at = g_date_time_to_unix(time);
		g_date_time_unref(time);
	}
	return at;
}

/* ---- To EDS ---- */
/* The file of present in which the picture's data is; NULL: none. Borrowed from present. */
static const char *find_file(
	EContact *present, EVCardAttribute *picture, const char *const *directories)
{
	const char *name = e_vcard_attribute_get_name(picture);
	const char *found = NULL;
	char *data = inline_data(picture);

	for (GList *link = e_vcard_get_attributes(E_VCARD(present)); data && link && !found;
		link = link->next) {
		char *there = g_ascii_strcasecmp(e_vcard_attribute_get_name(link->data), name) == 0
				      ? file_data(link->data, directories)
				      : NULL;

		if (there && strcmp(there, data) == 0)
			found = e_vcard_attribute_get_values(link->data)->data;
		g_free(there);
	}
	g_free(data);
	return found;
}

EContact *eds_card_new(const char *text, EContact *present, const char *const *directories)
{
	EContact *card = e_contact_new_from_vcard(text);

	e_vcard_remove_attributes(E_VCARD(card), NULL, EVC_REV);
	if (!present)
		return card;
	for (GList *link = e_vcard_get_attributes(E_VCARD(card)); link; link = link->next) {
		const char *uri = find_file(present, link->data, directories);

		if (uri)
			set_uri(link->data, uri);
	}
	e_contact_set(card, E_CONTACT_UID, e_contact_get_const(present, E_CONTACT_UID));
	e_contact_set(card, E_CONTACT_REV, e_contact_get_const(present, E_CONTACT_REV));
	return card;
}
