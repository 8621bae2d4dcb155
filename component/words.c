/* What names are searched by: see words.h. */
#include "component/words.h"

#include <stdbool.h>
#include <string.h>

#include <stringprep.h>

#define TEXT_BYTES_MAX (WORDS_FOLDED_MAX / 4) /* of a name or a search that are looked at */

/* The mapping steps of Nameprep (RFC 3491: case folding B.2, what is mapped to nothing B.1, NFKC,
 * by which full and half width become one), without its prohibitions: a name may have spaces. */
static const Stringprep_profile *folding(void)
{
	static Stringprep_profile steps[8]; /* ends with a step of 0 */
	size_t count = 0;

	if (steps[0].operation != 0)
		return steps;
	for (const Stringprep_profile *step = stringprep_nameprep; step->operation != 0; step++)
		if ((step->operation == STRINGPREP_MAP_TABLE ||
			    step->operation == STRINGPREP_NFKC) &&
			count < sizeof(steps) / sizeof(steps[0]) - 1)
			steps[count++] = *step;
	return steps;
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

size_t words_cut(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	for (len = max; len > 0 && continues(text[len]); len--)
		;
	return len;
}

void words_fold(char *out, const char *text)
{
	size_t len = words_cut(text, strlen(text), TEXT_BYTES_MAX);

	memcpy(out, text, len);
	out[len] = '\0';
	if (stringprep(out, WORDS_FOLDED_MAX + 1, 0, folding()) != STRINGPREP_OK)
		out[0] = '\0';
}

static void add(struct words *words, const char *text, size_t len)
{
	if (words->count == WORDS_MAX)
		return;
	len = words_cut(text, len, WORDS_BYTES_MAX);
	memcpy(words->text[words->count], text, len);
	words->text[words->count++][len] = '\0';
}

/* Leaves out those that others begin with, or are. */
static void keep_longest(struct words *words)
{
	size_t kept = 0;

	for (size_t i = 0; i < words->count; i++) {
		size_t len = strlen(words->text[i]);
		bool is_implied = false;

		for (size_t j = 0; j < words->count && !is_implied; j++)
			is_implied = j != i && strncmp(words->text[i], words->text[j], len) == 0 &&
				     (words->text[j][len] != '\0' || j < i);
		if (!is_implied)
			memmove(words->text[kept++], words->text[i], len + 1);
	}
	words->count = kept;
}

/* A letter or digit, or anything that isn't ASCII (what NFKC leaves of spaces is ASCII). */
static bool is_word_byte(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* A character of a script that puts no space between words: CJK ideographs with extension A, kana.
 * In UTF-8: U+3040 to U+30FF, and U+3400 to U+9FFF. */
static bool is_unspaced(const char *c)
{
	const unsigned char *byte = (const unsigned char *)c;

	if (byte[0] == 0xE3)
		return byte[1] >= 0x90 || byte[1] == 0x81 || byte[1] == 0x82 || byte[1] == 0x83;
	return byte[0] >= 0xE4 && byte[0] <= 0xE9;
}

/* Splits folded text. With tails, what follows each character of an unspaced script is a word too.
 */
static void split(struct words *words, const char *folded, bool tails)
{
	words->count = 0;
	for (const char *at = folded; *at != '\0';) {
		const char *start = at;

		while (is_word_byte(*at))
			at++;
		if (at == start) {
			at++;
			continue;
		}
		add(words, start, (size_t)(at - start));
		for (const char *tail = start + 1; tails && tail < at; tail++)
			if (!continues(*tail) && is_unspaced(tail))
				add(words, tail, (size_t)(at - tail));
	}
}

void words_of_name(struct words *words, const char *name)
{
	char folded[WORDS_FOLDED_MAX + 1];

	words_fold(folded, name);
	split(words, folded, true);
}

void words_of_search(struct words *words, const char *text)
{
	char folded[WORDS_FOLDED_MAX + 1];

	words_fold(folded, text);
	split(words, folded, false);
	keep_longest(words);
}
