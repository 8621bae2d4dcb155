/* The store on SQLite: a look at the write-ahead log before SQLite has it. SQLite takes it up to
 * the first frame that isn't whole, and drops the rest without a word: right for what was being
 * written when the power failed, and a loss of what was acknowledged where the disk damaged the
 * log. The form of the file: https://sqlite.org/fileformat2.html, 4. */
#include "component/store_sqlite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 32
#define FRAME_SIZE 24
#define MAGIC 0x377f0682U /* and 1, where checksums are of big-endian words */
#define VERSION 3007000U
#define PAGE_MIN 512U
#define PAGE_MAX 65536U

struct sums {
	uint32_t first, second;
};

static uint32_t big_endian(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little_endian(const unsigned char *at)
{
	return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* 4.4: len is a multiple of 8. */
static void add(struct sums *sums, bool is_big, const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		uint32_t one = is_big ? big_endian(data + i) : little_endian(data + i);
		uint32_t two = is_big ? big_endian(data + i + 4) : little_endian(data + i + 4);

		sums->first += one + sums->second;
		sums->second += two + sums->first;
	}
}

static bool is_sum(const struct sums *sums, const unsigned char *at)
{
	return sums->first == big_endian(at) && sums->second == big_endian(at + 4);
}

static bool is_zero(const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != 0)
			return false;
	return true;
}

static bool is_page_size(uint32_t size)
{
	return size >= PAGE_MIN && size <= PAGE_MAX && (size & (size - 1)) == 0;
}

/* The frames behind a header that is whole. Returns where the damage is; -1: there is none. A
 * transaction ends with a frame that says so, and is synced before the next begins: so of one that
 * was being written there is one such end, where there are two behind a frame that isn't whole,
 * more than that was lost. */
static int64_t look_through(FILE *file, const unsigned char *header, struct sums sums)
{
	bool is_big = (big_endian(header) & 1) != 0, is_whole = true;
	size_t page = big_endian(header + 8), ends = 0;
	unsigned char *frame = malloc(FRAME_SIZE + page);
	int64_t at = HEADER_SIZE, damage = -1;

	while (frame != NULL && fread(frame, 1, FRAME_SIZE + page, file) == FRAME_SIZE + page) {
		bool is_of_log = memcmp(frame + 8, header + 16, 8) == 0;

		if (is_whole) {
			add(&sums, is_big, frame, 8);
			add(&sums, is_big, frame + FRAME_SIZE, page);
			is_whole = is_of_log && is_sum(&sums, frame + 16);
			if (!is_whole)
				damage = at;
		}
		if (!is_whole && is_of_log && big_endian(frame + 4) != 0)
			ends++;
		at += (int64_t)(FRAME_SIZE + page);
	}
	free(frame);
	return ends >= 2 ? damage : -1;
}

int store_log_check(const char *path, bool *is_empty, char **why)
{
	unsigned char header[HEADER_SIZE];
	struct sums sums = {0, 0};
	char *name = NULL;
	FILE *file = NULL;
	int64_t damage = -1;

	*is_empty = true;
	db_explain(&name, "%s-wal", path);
	if (name != NULL)
		file = fopen(name, "rbe");
	if (file == NULL) {
		bool is_absent = name != NULL && errno == ENOENT;

		if (!is_absent)
			db_explain(why, "%s-wal: %s", path, strerror(errno));
		free(name);
		return is_absent ? 0 : -1;
	}
	/* One that is new may have come onto the disk without what was in it. */
	if (fread(header, 1, HEADER_SIZE, file) == HEADER_SIZE && !is_zero(header, HEADER_SIZE)) {
		*is_empty = false;
		add(&sums, (big_endian(header) & 1) != 0, header, 24);
		if ((big_endian(header) | 1) != (MAGIC | 1) || big_endian(header + 4) != VERSION ||
			!is_page_size(big_endian(header + 8)) || !is_sum(&sums, header + 24))
			damage = 0;
		else
			damage = look_through(file, header, sums);
	}
	if (damage >= 0)
		db_explain(why,
			"%s: damaged from byte %" PRId64
			" on, and what was stored last is behind that: see \"A damaged store\" in "
			"the guide",
			name, damage);
	free(name);
	(void)fclose(file);
	return damage >= 0 ? -1 : 0;
}
