/* See store_dump.h. */
#include "tests/store_dump.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "common/buffer.h"

#define LONG 200 /* bytes of a value */

static void add_value(struct buffer *out, sqlite3_stmt *row, int column)
{
	const char *name = sqlite3_column_name(row, column);
	const unsigned char *text = sqlite3_column_text(row, column);
	int len = sqlite3_column_bytes(row, column);
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	if (strcmp(name, "token") == 0 || strcmp(name, "secret") == 0)
		return;
	/* A sign of somebody isn't noted while something is the matter with the store. */
	if (strcmp(name, "seen_at") == 0)
		return;
	if (text == NULL) {
		buffer_puts(out, "|-");
	} else if (len <= LONG) {
		buffer_printf(out, "|%s", (const char *)text);
	} else {
		for (int i = 0; i < len; i++)
			hash = (hash ^ text[i]) * 0x100000001b3u;
		buffer_printf(out, "|%d:%016llx", len, (unsigned long long)hash);
	}
}

static void add_table(struct buffer *out, sqlite3 *db, const char *table)
{
	char *sql = sqlite3_mprintf("SELECT * FROM %Q", table);
	sqlite3_stmt *rows = NULL;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		buffer_puts(out, table);
		for (int i = 0; i < sqlite3_column_count(rows); i++)
			add_value(out, rows, i);
		buffer_puts(out, "\n");
	}
	ck_assert_int_eq(sqlite3_finalize(rows), SQLITE_OK);
	sqlite3_free(sql);
}

char *store_dump(const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *tables = NULL;
	struct buffer out;
	char *text;

	/* By the system's VFS, whatever is the default. */
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
	/* Nor by being the last to close it. */
	ck_assert_int_eq(
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db,
				 "SELECT name FROM sqlite_schema WHERE type = 'table'"
				 " AND name NOT LIKE 'sqlite_%' ORDER BY name",
				 -1, &tables, NULL),
		SQLITE_OK);
	buffer_init(&out, 0);
	while (sqlite3_step(tables) == SQLITE_ROW)
		add_table(&out, db, (const char *)sqlite3_column_text(tables, 0));
	ck_assert_int_eq(sqlite3_finalize(tables), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	text = strdup(buffer_string(&out));
	ck_assert_ptr_nonnull(text);
	buffer_clear(&out);
	return text;
}

const char *store_dump_differ(const char *one, const char *other)
{
	static char said[2048];
	const char *line = one;

	while (*one != '\0' && *one == *other) {
		if (*one == '\n')
			line = one + 1;
		one++;
		other++;
	}
	/* As far as they are the same, both lines are. */
	(void)snprintf(said, sizeof(said), "\n  %.*s\n  %.*s%.*s", (int)strcspn(line, "\n"), line,
		(int)(one - line), line, (int)strcspn(other, "\n"), other);
	return said;
}
