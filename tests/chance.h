/* For tests by chance: numbers that are the same on every machine for one seed, and the numbers of
 * plain.h in the words of numbers.h. KITH_SEED=N repeats what a failure named. */
#ifndef KITH_TESTS_CHANCE_H
#define KITH_TESTS_CHANCE_H

#include <stdint.h>

#include "tests/numbers.h"
#include "tests/plain.h"

static uint64_t chance; /* xorshift64* */

static inline int below(int n)
{
	chance ^= chance >> 12;
	chance ^= chance << 25;
	chance ^= chance >> 27;
	return (int)((chance * 2685821657736338717u >> 33) % (uint64_t)n);
}

static inline void seed(uint64_t number)
{
	chance = number * 0x9e3779b97f4a7c15u + 1;
	for (int i = 0; i < 8; i++)
		below(2);
}

static inline uint64_t first_seed(void)
{
	const char *text = getenv("KITH_SEED");
	return text ? strtoull(text, NULL, 10) : 0;
}

static inline const char *name_of(struct arena *arena, int number)
{
	if (number >= PLAIN_LANDLINES)
		return arena_printf(arena, "%c", 'a' + number - PLAIN_LANDLINES);
	return arena_printf(arena, "%c", 'A' + number);
}

static inline const char *words_of(struct arena *arena, const struct plain_card *card)
{
	const char *words = "";
	for (int i = 0; i < card->count; i++)
		words = arena_printf(arena, "%s%s%s%s%s", words, i > 0 ? " " : "",
			name_of(arena, card->tels[i].number), card->tels[i].text ? "'" : "",
			card->tels[i].marked ? "*" : "");
	return words;
}

#endif
