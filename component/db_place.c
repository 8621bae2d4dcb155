/* Whether the files of a database are where they were when it was opened: see db.h. */
#include <stdio.h>
#include <sys/stat.h>

#include "common/monotonic.h"
#include "component/db_state.h"

static bool file_name(const struct db *db, int file, char *name, size_t size)
{
	static const char *const suffixes[DB_FILES] = {"", "-wal", "-shm"};
	int len = snprintf(name, size, "%s%s", db->path, suffixes[file]);

	return len > 0 && (size_t)len < size;
}

static bool file_id(const struct db *db, int file, struct db_file_id *id)
{
	char name[4096];
	struct stat found;

	if (!file_name(db, file, name, sizeof(name)) || stat(name, &found) != 0)
		return false;
	*id = (struct db_file_id){found.st_dev, found.st_ino};
	return true;
}

static bool is_same(const struct db_file_id *a, const struct db_file_id *b)
{
	return a->device == b->device && a->inode == b->inode;
}

enum place { PLACE_SAME, PLACE_GONE, PLACE_OTHER };

static enum place look_at(const struct db *db, int file)
{
	struct db_file_id id;

	if (!file_id(db, file, &id))
		return PLACE_GONE;
	return is_same(&id, &db->ids[file]) ? PLACE_SAME : PLACE_OTHER;
}

void db_note_files(struct db *db)
{
	for (int file = 0; file < DB_FILES && db->path != NULL; file++)
		if (!file_id(db, file, &db->ids[file]))
			db->ids[file] = (struct db_file_id){0, 0};
}

bool db_is_in_place(struct db *db)
{
	static const char *const files[DB_FILES] = {
		"the file", "the log beside it (-wal)", "the index of the log (-shm)"};
	enum place places[DB_FILES];
	char text[128];
	int wrong = DB_FILES;

	if (db->path == NULL || !db->is_watched)
		return true;
	/* The log is made by the first who needs it. */
	if (db->ids[DB_FILE_LOG].inode == 0 || db->ids[DB_FILE_SHARED].inode == 0)
		db_note_files(db);
	for (int file = DB_FILES; file-- > 0;) {
		places[file] = look_at(db, file);
		if (places[file] != PLACE_SAME && db->ids[file].inode != 0)
			wrong = file;
	}
	if (wrong == DB_FILES) {
		db_trouble_over(&db->trouble, DB_MOVED, monotonic_ms());
		return true;
	}
	(void)snprintf(text, sizeof(text), "%s was %s", files[wrong],
		places[wrong] == PLACE_GONE ? "moved or removed" : "replaced");
	db_trouble_met(&db->trouble, DB_MOVED, text, db->path, monotonic_ms());
	/* While the database itself is away, what is open is all there is of it. What was removed
	 * beside it is made again from what is open; who made another has what there was, and
	 * writes to it. */
	if (wrong != DB_FILE)
		db_file_shut(db, places[DB_FILE_LOG] == PLACE_OTHER ||
					 places[DB_FILE_SHARED] == PLACE_OTHER);
	return false;
}

bool db_is_replaced(const struct db *db)
{
	return db->trouble.now == DB_MOVED && look_at(db, DB_FILE) == PLACE_OTHER;
}
