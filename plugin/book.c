/* Local address books: the backend that a place names. */
#include "config.h"

#include "plugin/book.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "plugin/book_module.h"

#ifdef HAVE_EDS
/* What the module logs, in the library's log. */
static void pass_on(void *context, enum log_level level, const char *text)
{
	(void)context;
	switch (level) {
	case LOG_LEVEL_ERROR:
		log_error("%s", text);
		break;
	case LOG_LEVEL_WARN:
		log_warn("%s", text);
		break;
	case LOG_LEVEL_INFO:
		log_info("%s", text);
		break;
	case LOG_LEVEL_DEBUG:
		log_debug("%s", text);
		break;
	}
}

/* The backend in the module; NULL with a static reason, or one of dlerror()'s. */
static const struct book_backend *load_eds(const char **why)
{
	void *handle = dlopen(BOOK_MODULE_EDS, RTLD_NOW | RTLD_LOCAL);
	const struct book_module *module = handle ? dlsym(handle, BOOK_MODULE_SYMBOL) : NULL;

	if (!module) {
		*why = dlerror();
		return NULL;
	}
	if (strcmp(module->version, PACKAGE_VERSION) != 0) {
		*why = "the module " BOOK_MODULE_EDS " is of another version";
		return NULL;
	}
	module->set_log(pass_on, NULL, LOG_LEVEL_DEBUG);
	return module->backend;
}
#else
static const struct book_backend *load_eds(const char **why)
{
	*why = "this Kith was built without Evolution Data Server";
	return NULL;
}
#endif

struct book *book_open(const char *where, char **why)
{
	const struct book_backend *backend = &book_vdir;
	const char *name = where, *reason = NULL;

	*why = NULL;
	if (strncmp(where, BOOK_EDS, strlen(BOOK_EDS)) == 0) {
		backend = load_eds(&reason);
		name += strlen(BOOK_EDS);
	}
	if (backend)
		return backend->open(name, why);
	if (asprintf(why, "book %s: %s", where, reason ? reason : "no reason given") < 0)
		*why = NULL;
	return NULL;
}

void book_close(struct book *book)
{
	if (book)
		book->backend->close(book);
}

enum book_done book_add(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len, const char **reads)
{
	enum book_done done;

	book->is_lazy = true;
	done = book->backend->write(book, arena, entry, uid, text, len, reads);
	book->is_lazy = false;
	return done;
}

int book_settle(struct book *book)
{
	return book->backend->settle ? book->backend->settle(book) : 0;
}
