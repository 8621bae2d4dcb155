/* SipHash-2-4: see siphash.h. */
#include "common/siphash.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

/* At most 8 bytes, the first is the lowest. */
static uint64_t read_word(const unsigned char *bytes, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, bytes, len);
	return le64toh(word);
}

static void stir(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void take_in(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	stir(v, 2);
	v[0] ^= word;
}

uint64_t siphash(const unsigned char key[16], const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint64_t low = read_word(key, 8), high = read_word(key + 8, 8);
	uint64_t v[4] = {low ^ 0x736f6d6570736575, high ^ 0x646f72616e646f6d,
		low ^ 0x6c7967656e657261, high ^ 0x7465646279746573};
	size_t left = len;

	for (; left >= 8; left -= 8, bytes += 8)
		take_in(v, read_word(bytes, 8));
	take_in(v, (uint64_t)len << 56 | read_word(bytes, left));
	v[2] ^= 0xff;
	stir(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
