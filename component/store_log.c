/* The store on SQLite: a look at the write-ahead log before SQLite has it. SQLite takes it up to
 * the first frame that isn't whole (none, if the header isn't), and drops the rest without a word:
 * right for what was being written when the power failed, and a loss of what was acknowledged where
 * the disk damaged the log. The form of the file: https://sqlite.org/fileformat2.html, 4. */
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

/* ---- Behind a header that is whole ---- */

/* A frame that was written behind that one, when it was whole: sums of it, or as it says. */
static bool goes_on(const unsigned char *frame, size_t page, bool is_big, struct sums sums)
{
	add(&sums, is_big, frame, 8);
	add(&sums, is_big, frame + FRAME_SIZE, page);
	return is_sum(&sums, frame + 16);
}

/* Returns where the damage is; -1: there is none. A transaction ends with a frame that says so, and
 * is synced before the next begins: so of one that was being written there is one such end; where
 * there are two from a frame on that isn't whole, more than that was lost. But an end that isn't
 * whole itself, with nothing that was written behind it, was being written over others that count
 * for nothing. */
static int64_t look_through(FILE *file, const unsigned char *header, struct sums sums)
{
	bool is_big = (big_endian(header) & 1) != 0, is_whole = true;
	size_t page = big_endian(header + 8), ends = 0;
	unsigned char *frame = malloc(FRAME_SIZE + page);
	struct sums said = {0, 0}; /* by the frame that isn't whole */
	int64_t at = HEADER_SIZE, damage = -1, behind = -1;
	bool has_end = false; /* that one */

	while (frame != NULL && fread(frame, 1, FRAME_SIZE + page, file) == FRAME_SIZE + page) {
		bool is_of_log = memcmp(frame + 8, header + 16, 8) == 0;
		bool is_end = big_endian(frame + 4) != 0;

		if (is_whole) {
			add(&sums, is_big, frame, 8);
			add(&sums, is_big, frame + FRAME_SIZE, page);
			is_whole = is_of_log && is_sum(&sums, frame + 16);
			if (!is_whole) {
				damage = at;
				behind = at + (int64_t)(FRAME_SIZE + page);
				has_end = is_end;
				said = (struct sums){
					big_endian(frame + 16), big_endian(frame + 20)};
			}
		} else if (is_of_log) {
			ends += is_end;
			if (at == behind && (goes_on(frame, page, is_big, said) ||
						    goes_on(frame, page, is_big, sums)))
				ends += has_end;
		}
		at += (int64_t)(FRAME_SIZE + page);
	}
	free(frame);
	return ends >= 2 ? damage : -1;
}

/* ---- Behind one that isn't ---- */

/* A log begins anew when all that is in it was copied to the database, and synced there: then its
 * header is written, and synced before any frame is. So where the power failed meanwhile, the
 * frames are those of before, and what they say is in the database. Where it isn't, the header was
 * damaged later. */
struct old_log {
	FILE *file, *database;
	size_t page_size;
	int64_t pages; /* of the database */
	unsigned char *frame, *page;
	bool is_big;
	int64_t committed; /* frames, to the last that ends a transaction */
	uint32_t size;	   /* of the database then, pages */
	size_t ends;	   /* behind the first frame that isn't whole */
};

static bool next_frame(struct old_log *log)
{
	size_t size = FRAME_SIZE + log->page_size;

	return fread(log->frame, 1, size, log->file) == size;
}

/* A page that the power had no time for comes as zeros. */
static bool has_zeros_only(struct old_log *log)
{
	do
		if (!is_zero(log->frame, FRAME_SIZE + log->page_size))
			return false;
	while (next_frame(log));
	return true;
}

/* The first frame can't be checked, since that takes the header; each other one by the one before
 * it. False: those that are whole can't be what they were. */
static bool find_committed(struct old_log *log)
{
	unsigned char salts[8];
	struct sums sums = {0, 0};
	bool is_whole = true;

	memcpy(salts, log->frame + 8, sizeof(salts));
	if (big_endian(log->frame) == 0)
		return has_zeros_only(log);
	for (int64_t number = 1;; number++) {
		bool is_of_log = memcmp(log->frame + 8, salts, sizeof(salts)) == 0;
		uint32_t size = big_endian(log->frame + 4);

		if (number > 1) {
			add(&sums, log->is_big, log->frame, 8);
			add(&sums, log->is_big, log->frame + FRAME_SIZE, log->page_size);
			is_whole = is_whole && is_of_log && is_sum(&sums, log->frame + 16);
		}
		if (is_whole && size != 0) {
			log->committed = number;
			log->size = size;
		}
		if (!is_whole && is_of_log && size != 0)
			log->ends++;
		sums = (struct sums){big_endian(log->frame + 16), big_endian(log->frame + 20)};
		if (!next_frame(log))
			break;
	}
	return log->ends < 2 && (int64_t)log->size <= log->pages;
}

/* The page of the frame that was read is the same in the database. */
static bool is_copied(struct old_log *log, uint32_t number)
{
	off_t at = (off_t)(number - 1) * (off_t)log->page_size;

	return fseeko(log->database, at, SEEK_SET) == 0 &&
	       fread(log->page, 1, log->page_size, log->database) == log->page_size &&
	       memcmp(log->page, log->frame + FRAME_SIZE, log->page_size) == 0;
}

/* All that was committed is in the database. */
static bool is_all_copied(struct old_log *log)
{
	int64_t *newest = calloc((size_t)log->size + 1, sizeof(*newest)); /* frame of each page */
	bool is_same = newest != NULL;

	for (int pass = 1; pass <= 2 && is_same; pass++) {
		is_same = fseeko(log->file, HEADER_SIZE, SEEK_SET) == 0;
		for (int64_t i = 1; i <= log->committed && is_same; i++) {
			uint32_t number;

			is_same = next_frame(log);
			number = big_endian(log->frame);
			if (number == 0 || number > log->size)
				continue; /* cut off by the last one */
			if (pass == 1)
				newest[number] = i;
			else if (newest[number] == i)
				is_same = is_same && is_copied(log, number);
		}
	}
	free(newest);
	return is_same;
}

/* Of the database; 0: none that can be. */
static size_t page_size_of(FILE *database)
{
	unsigned char size[2];
	uint32_t value;

	if (fseeko(database, 16, SEEK_SET) != 0 || fread(size, 1, 2, database) != 2)
		return 0;
	value = (uint32_t)size[0] << 8 | size[1];
	if (value == 1)
		value = PAGE_MAX;
	return is_page_size(value) ? value : 0;
}

/* Nothing is lost if the log counts for nothing. */
static bool is_behind(const char *path, FILE *file, const unsigned char *header)
{
	const unsigned char order[4] = {0, 0, 0, 1};
	uint32_t host;
	struct old_log log = {.file = file};
	bool is_it = false;

	memcpy(&host, order, sizeof(host));
	log.is_big =
		(big_endian(header) | 1) == (MAGIC | 1) ? (big_endian(header) & 1) != 0 : host == 1;
	log.database = fopen(path, "rbe");
	if (log.database != NULL)
		log.page_size = page_size_of(log.database);
	if (log.page_size != 0 && fseeko(log.database, 0, SEEK_END) == 0)
		log.pages = ftello(log.database) / (int64_t)log.page_size;
	log.frame = malloc(FRAME_SIZE + PAGE_MAX);
	log.page = malloc(PAGE_MAX);
	if (log.frame == NULL || log.page == NULL)
		goto out;
	/* Of a database that has no page yet, nothing can be in the log. */
	if (log.page_size == 0)
		is_it = fgetc(file) == EOF;
	else
		is_it = !next_frame(&log) || (find_committed(&log) && is_all_copied(&log));
out:
	free(log.frame);
	free(log.page);
	if (log.database != NULL)
		(void)fclose(log.database);
	return is_it;
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
	if (fread(header, 1, HEADER_SIZE, file) == HEADER_SIZE) {
		add(&sums, (big_endian(header) & 1) != 0, header, 24);
		*is_empty = (big_endian(header) | 1) != (MAGIC | 1) ||
			    big_endian(header + 4) != VERSION ||
			    !is_page_size(big_endian(header + 8)) || !is_sum(&sums, header + 24);
		if (!*is_empty)
			damage = look_through(file, header, sums);
		else if (!is_behind(path, file, header))
			damage = 0;
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
