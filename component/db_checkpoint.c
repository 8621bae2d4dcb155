/* The thread that checkpoints beside the turns: see db_checkpoint.h. */
#include "component/db_checkpoint.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

struct db_checkpoint {
	pthread_t thread;
	pthread_mutex_t lock; /* over what follows, but for is_begun */
	pthread_cond_t changed;
	bool is_asked, is_done, must_end;
	struct db_checkpoint_result result;
	bool is_begun; /* the owner's */
	/* The thread's: */
	char *path;
	sqlite3 *handle;
};

/* Reads a first time, since only then SQLite knows of the log. */
static int open_handle(struct db_checkpoint *checkpoint)
{
	int code = sqlite3_open_v2(checkpoint->path, &checkpoint->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(checkpoint->handle,
			"PRAGMA synchronous = FULL; PRAGMA cache_size = 1; PRAGMA schema_version",
			NULL, NULL, NULL);
	if (code == SQLITE_OK) /* that is its owner's to do, or not */
		code = sqlite3_db_config(
			checkpoint->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return code;
}

static struct db_checkpoint_result work(struct db_checkpoint *checkpoint)
{
	struct db_checkpoint_result result = {.code = SQLITE_OK};

	errno = 0;
	if (checkpoint->handle == NULL)
		result.code = open_handle(checkpoint);
	if (result.code == SQLITE_OK)
		result.code = sqlite3_wal_checkpoint_v2(
			checkpoint->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, &result.copied);
	if (result.code == SQLITE_OK)
		return result;
	result.error = errno;
	(void)sqlite3_close(checkpoint->handle); /* the next begins anew */
	checkpoint->handle = NULL;
	return result;
}

static void *run(void *context)
{
	struct db_checkpoint *checkpoint = context;

	pthread_mutex_lock(&checkpoint->lock);
	while (!checkpoint->must_end) {
		struct db_checkpoint_result result;

		if (!checkpoint->is_asked) {
			pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
			continue;
		}
		pthread_mutex_unlock(&checkpoint->lock);
		result = work(checkpoint);
		pthread_mutex_lock(&checkpoint->lock);
		checkpoint->result = result;
		checkpoint->is_asked = false;
		checkpoint->is_done = true;
		pthread_cond_signal(&checkpoint->changed);
	}
	pthread_mutex_unlock(&checkpoint->lock);
	(void)sqlite3_close(checkpoint->handle);
	return NULL;
}

struct db_checkpoint *db_checkpoint_new(const char *path)
{
	struct db_checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));

	if (checkpoint == NULL)
		return NULL;
	checkpoint->path = strdup(path);
	pthread_mutex_init(&checkpoint->lock, NULL);
	pthread_cond_init(&checkpoint->changed, NULL);
	if (checkpoint->path != NULL &&
		pthread_create(&checkpoint->thread, NULL, run, checkpoint) == 0)
		return checkpoint;
	free(checkpoint->path);
	free(checkpoint);
	return NULL;
}

void db_checkpoint_free(struct db_checkpoint *checkpoint)
{
	if (checkpoint == NULL)
		return;
	pthread_mutex_lock(&checkpoint->lock);
	checkpoint->must_end = true;
	pthread_cond_signal(&checkpoint->changed);
	pthread_mutex_unlock(&checkpoint->lock);
	pthread_join(checkpoint->thread, NULL);
	pthread_cond_destroy(&checkpoint->changed);
	pthread_mutex_destroy(&checkpoint->lock);
	free(checkpoint->path);
	free(checkpoint);
}

void db_checkpoint_begin(struct db_checkpoint *checkpoint)
{
	pthread_mutex_lock(&checkpoint->lock);
	checkpoint->is_asked = checkpoint->is_begun = true;
	checkpoint->is_done = false;
	pthread_cond_signal(&checkpoint->changed);
	pthread_mutex_unlock(&checkpoint->lock);
}

bool db_checkpoint_is_begun(const struct db_checkpoint *checkpoint)
{
	return checkpoint->is_begun;
}

bool db_checkpoint_take(
	struct db_checkpoint *checkpoint, bool waits, struct db_checkpoint_result *result)
{
	bool is_done;

	pthread_mutex_lock(&checkpoint->lock);
	while (waits && checkpoint->is_begun && !checkpoint->is_done)
		pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
	is_done = checkpoint->is_begun && checkpoint->is_done;
	if (is_done)
		*result = checkpoint->result;
	pthread_mutex_unlock(&checkpoint->lock);
	if (is_done)
		checkpoint->is_begun = false;
	return is_done;
}
