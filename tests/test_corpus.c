/* Cards that other programs wrote, with what several readers agree is in them: the directory that
 * KITH_CORPUS names (vcf.tsv and xml.tsv list its files). Without it there is nothing to test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"

#define FIELDS_MAX 12
#define TELS_MAX 64

struct tel {
	char value[256];
	char types[256]; /* " a b ", sorted */
};

struct tels {
	struct tel list[TELS_MAX];
	size_t count;
};

static struct arena *arena;

/* The whole file, or NULL. */
static char *read_file(const char *directory, const char *name, size_t *len)
{
	const char *path = arena_printf(arena, "%s/%s", directory, name);
	FILE *file = fopen(path, "rb");
	struct buffer buf;
	char *text = NULL, *room;

	if (!file)
		return NULL;
	buffer_init(&buf, 0);
	while ((room = buffer_reserve(&buf, 65536))) {
		size_t got = fread(room, 1, 65536, file);

		if (got == 0)
			break;
		buf.len += got;
	}
	fclose(file);
	if (!buf.failed) {
		*len = buf.len;
		text = arena_strndup(arena, buf.len ? buf.data : "", buf.len);
	}
	buffer_clear(&buf);
	return text;
}

/* ---- What is expected: JSON ---- */
/* Decodes the string that begins at text[0] == '"'; returns what is behind it. */
static const char *json_string(const char *text, char *out, size_t size)
{
	size_t to = 0;

	for (text++; *text && *text != '"'; text++) {
		char c = *text;

		if (c == '\\') {
			text++;
			c = *text == 'n' ? '\n' : *text == 't' ? '\t' : *text;
		}
		if (to + 1 < size)
			out[to++] = c;
	}
	out[to] = '\0';
	return *text ? text + 1 : text;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the words between spaces. */
static void sort_words(char *words, size_t size)
{
	char copy[256], *list[64];
	size_t count = 0, to = 0;

	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok(copy, " "); word && count < 64; word = strtok(NULL, " "))
		list[count++] = word;
	qsort(list, count, sizeof list[0], compare_words);
	words[0] = '\0';
	for (size_t i = 0; i < count && to < size; i++)
		to += (size_t)snprintf(words + to, size - to, "%s ", list[i]);
}

static void add_word(char *words, size_t size, const char *word)
{
	size_t len = strlen(words);

	snprintf(words + len, size - len, "%s ", word);
}

/* [{"value": "1", "types": ["a"], "pref": "1"}, ...]; types that are disputed are "?". */
static void read_expected(struct tels *tels, const char *json)
{
	struct tel *tel = NULL;
	char key[64] = "", text[256];

	tels->count = 0;
	for (; *json; json++) {
		if (*json == '{' && tels->count < TELS_MAX) {
			tel = &tels->list[tels->count++];
			memset(tel, 0, sizeof *tel);
		}
		if (*json != '"' || !tel)
			continue;
		json = json_string(json, text, sizeof text);
		if (*json == ':')
			snprintf(key, sizeof key, "%.60s", text);
		else if (strcmp(key, "value") == 0)
			snprintf(tel->value, sizeof tel->value, "%s", text);
		else if (strcmp(key, "types") == 0)
			add_word(tel->types, sizeof tel->types, text);
		else if (strcmp(key, "pref") == 0 && strcmp(text, "1") == 0)
			add_word(tel->types, sizeof tel->types, "pref");
		if (*json == '}')
			continue;
		if (*json == '\0')
			break;
	}
	for (size_t i = 0; i < tels->count; i++)
		sort_words(tels->list[i].types, sizeof tels->list[i].types);
}

/* ---- What was read ---- */
static void read_actual(struct tels *tels, const struct vcard *card)
{
	tels->count = 0;
	for (struct vcard_property *p = vcard_first(card, "TEL"); p && tels->count < TELS_MAX;
		p = vcard_next(p, "TEL")) {
		struct tel *tel = &tels->list[tels->count++];
		const char *pref = vcard_get_param(p, "PREF");

		memset(tel, 0, sizeof *tel);
		snprintf(tel->value, sizeof tel->value, "%s", vcard_text(p));
		for (struct vcard_param *q = p->params; q; q = q->next)
			for (struct vcard_text *v = strcmp(q->name, "TYPE") == 0 ? q->values : NULL;
				v; v = v->next)
				add_word(tel->types, sizeof tel->types, v->text);
		if (pref && strcmp(pref, "1") == 0)
			add_word(tel->types, sizeof tel->types, "pref");
		sort_words(tel->types, sizeof tel->types);
	}
}

static const char *without_scheme(const char *value)
{
	return strncmp(value, "tel:", 4) == 0 ? value + 4 : value;
}

static bool agree(const struct tels *expected, const struct tels *actual)
{
	if (expected->count != actual->count)
		return false;
	for (size_t i = 0; i < expected->count; i++) {
		const struct tel *e = &expected->list[i], *a = &actual->list[i];

		if (strcmp(without_scheme(e->value), without_scheme(a->value)) != 0)
			return false;
		if (strcmp(e->types, "? ") != 0 && strcmp(e->types, a->types) != 0)
			return false;
	}
	return true;
}

/* ---- The lists ---- */
struct tally {
	unsigned all, right, disputed; /* disputed: readers don't agree; not among all */
};

struct score {
	unsigned files;
	struct tally cards, fn, tel, number, types; /* tel: all of a card's numbers, with types */
	bool failed;
};

static void count(struct tally *tally, bool right)
{
	tally->all++;
	tally->right += right;
}

/* Number by number, and what each is for. */
static void count_tels(struct score *score, const struct tels *expected, const struct tels *actual)
{
	for (size_t i = 0; i < expected->count; i++) {
		const struct tel *e = &expected->list[i];
		const struct tel *a = i < actual->count ? &actual->list[i] : NULL;

		count(&score->number,
			a && strcmp(without_scheme(e->value), without_scheme(a->value)) == 0);
		if (strcmp(e->types, "? ") == 0)
			score->types.disputed++;
		else
			count(&score->types, a && strcmp(e->types, a->types) == 0);
	}
}

static void judge(struct score *score, const char *file, const struct vcard *card, const char *fn,
	const char *tel, bool may_fail)
{
	static struct tels expected, actual;
	char name[1024] = "";
	const char *got = vcard_text(vcard_first(card, "FN"));
	bool right;

	if (*fn != '?') {
		if (*fn == '"')
			json_string(fn, name, sizeof name);
		right = strcmp(name, got) == 0;
		count(&score->fn, right);
		if (!right) {
			printf("%s: FN is \"%s\", not \"%s\"\n", file, got, name);
			score->failed |= !may_fail;
		}
	} else {
		score->fn.disputed++;
		printf("%s: readers dispute FN; here it is \"%s\"\n", file, got);
	}
	read_expected(&expected, tel);
	read_actual(&actual, card);
	right = agree(&expected, &actual);
	count(&score->tel, right);
	count_tels(score, &expected, &actual);
	if (!right) {
		printf("%s: TELs differ from %s:", file, tel);
		for (size_t i = 0; i < actual.count; i++)
			printf(" %s (%s)", actual.list[i].value, actual.list[i].types);
		printf("\n");
		score->failed |= !may_fail;
	}
}

static size_t split_row(char *row, char **fields)
{
	size_t count = 0;

	for (char *at = row; at && count < FIELDS_MAX; count++) {
		fields[count] = at;
		at = strchr(at, '\t');
		if (at)
			*at++ = '\0';
	}
	return count;
}

/* The first card of a file of text; *count: how many there are. */
static struct vcard *first_of_text(const char *directory, const char *file, unsigned *count)
{
	struct vcard_reader reader;
	struct vcard *card, *first = NULL;
	const char *why = NULL;
	size_t len;
	char *text = read_file(directory, file, &len);

	*count = 0;
	if (!text)
		return NULL;
	vcard_reader_init(&reader, text, len);
	while ((card = vcard_read(&reader, arena, &why)) || why) {
		if (why)
			printf("%s: %s\n", file, why);
		first = first ? first : card;
		++*count;
	}
	return first;
}

/* The first vCard element at or below element, in the order of the document. */
static const struct xml *find_card(const struct xml *element)
{
	if (xml_is(element, NS_VCARD_TEMP, "vCard") || xml_is(element, NS_VCARD4, "vcard"))
		return element;
	for (const struct xml *child = xml_child(element, "", NULL); child;
		child = xml_next(child, NULL, NULL)) {
		const struct xml *found = find_card(child);

		if (found)
			return found;
	}
	for (const struct xml *child = element->first; child; child = child->next) {
		const struct xml *found = child->name ? find_card(child) : NULL;

		if (found)
			return found;
	}
	return NULL;
}

static struct vcard *first_of_xml(const char *directory, const char *file)
{
	const char *why = NULL;
	size_t len;
	char *text = read_file(directory, file, &len);
	struct xml *root = text ? xml_parse(arena, text, len, "", &xml_limits_stanza, &why) : NULL;
	const struct xml *element = root ? find_card(root) : NULL;

	if (!root)
		printf("%s: %s\n", file, why ? why : "not there");
	if (!element)
		return vcard_new(arena);
	return xml_is(element, NS_VCARD4, "vcard") ? vcard_from_xml(arena, element, NULL)
						   : vcard_from_temp(arena, element, NULL);
}

/* All forms a card can be written in give a card that is written the same again. */
static bool is_stable(const struct vcard *card)
{
	static const enum vcard_version versions[] = {VCARD_3_0, VCARD_4_0};
	struct buffer first, second;
	struct vcard *again;
	bool stable;

	buffer_init(&first, 0);
	buffer_init(&second, 0);
	vcard_to_xml_text(&first, card);
	again = vcard_from_xml_text(arena, first.data, first.len, NULL);
	stable = again && vcard_to_xml_text(&second, again) == 0 &&
		 strcmp(buffer_string(&first), buffer_string(&second)) == 0;
	for (size_t i = 0; i < 2 && stable; i++) {
		struct vcard_reader reader;

		buffer_reset(&first);
		buffer_reset(&second);
		vcard_write(&first, card, versions[i]);
		vcard_reader_init(&reader, first.data, first.len);
		again = vcard_read(&reader, arena, NULL);
		stable = again && vcard_write(&second, again, versions[i]) == 0 &&
			 strcmp(buffer_string(&first), buffer_string(&second)) == 0;
	}
	buffer_clear(&first);
	buffer_clear(&second);
	return stable;
}

static void print_tally(const char *name, const struct tally *tally)
{
	printf("  %s: %u of %u agree", name, tally->right, tally->all);
	if (tally->disputed > 0)
		printf(" (%u more disputed)", tally->disputed);
	printf("\n");
}

static bool run(const char *directory, bool xml)
{
	struct score score = {0};
	const char *list = xml ? "xml.tsv" : "vcf.tsv";
	size_t len;
	char *rows = read_file(directory, list, &len), *end;

	if (!rows)
		return true;
	for (char *row = strchr(rows, '\n'); row && row[1]; row = end) {
		char *fields[FIELDS_MAX] = {NULL};
		struct vcard *card;
		unsigned cards = 0;
		size_t used;
		bool may_fail;

		end = strchr(++row, '\n');
		if (end)
			*end = '\0';
		used = split_row(row, fields);
		if (used < 8)
			continue;
		may_fail = !xml && strcmp(fields[6], "1") == 0;
		card = xml ? first_of_xml(arena_printf(arena, "%s/xml", directory), fields[0])
			   : first_of_text(
				     arena_printf(arena, "%s/vcf", directory), fields[0], &cards);
		score.files++;
		if (!card) {
			printf("%s: no card was read\n", fields[0]);
			score.failed |= !may_fail;
			continue;
		}
		if (!xml && cards != (unsigned)atoi(fields[2])) {
			printf("%s: %u cards, not %s\n", fields[0], cards, fields[2]);
			score.failed |= !may_fail;
		}
		if (!xml)
			count(&score.cards, cards == (unsigned)atoi(fields[2]));
		judge(&score, fields[0], card, xml ? fields[5] : fields[3],
			xml ? fields[6] : fields[4], may_fail);
		if (!is_stable(card)) {
			printf("%s: not the same when written again\n", fields[0]);
			score.failed = true;
		}
		if (end)
			*end = '\n';
	}
	printf("%s: %u files\n", list, score.files);
	if (!xml)
		print_tally("cards of a file", &score.cards);
	print_tally("FN", &score.fn);
	print_tally("TEL", &score.number);
	print_tally("TYPE of a TEL", &score.types);
	print_tally("all TELs of a card", &score.tel);
	return !score.failed;
}

int main(void)
{
	const char *directory = getenv("KITH_CORPUS");
	bool good;

	if (!directory) {
		printf("KITH_CORPUS is not set: skipped\n");
		return 0;
	}
	arena = arena_new(0);
	good = run(directory, false);
	good = run(directory, true) && good;
	arena_free(arena);
	return good ? 0 : 1;
}
