/* The words that names are searched by: folded by case and width, and split. */
#ifndef KITH_WORDS_H
#define KITH_WORDS_H

#include <stddef.h>

#define WORDS_FOLDED_MAX 4000 /* bytes of a folded text; before, a quarter of that */
#define WORDS_BYTES_MAX 64    /* of a word: the rest is cut off */
#define WORDS_MAX 32	      /* of a name or a search: the rest is left out */

struct words {
	size_t count;
	char text[WORDS_MAX][WORDS_BYTES_MAX + 1];
};

/* Bytes of text up to max, not cutting a character. */
size_t words_cut(const char *text, size_t len, size_t max);

/* Folds the beginning of text into out, of WORDS_FOLDED_MAX + 1 bytes; "" for what is not UTF-8. */
void words_fold(char *out, const char *text);

/* Those that a name is found by. In a script that puts no space between words, what follows each
 * character is one too, so that a given name is found that is written right behind the family's. */
void words_of_name(struct words *words, const char *name);

/* Those that a search is for, but not those that others of them begin with, or are: who has the
 * others has them too. */
void words_of_search(struct words *words, const char *text);

#endif
