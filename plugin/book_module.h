/* What libkith and its module for Evolution Data Server know of each other.
 *
 * The backend is a module, loaded where a conf names such a book, since libebook comes with forty
 * libraries and doubles the time in which `kith` starts. The module is private: of the same build
 * as the library that loads it. It stays loaded, since GLib keeps what its libraries registered. */
#ifndef KITH_BOOK_MODULE_H
#define KITH_BOOK_MODULE_H

#include "common/log.h"
#include "plugin/book.h"

#define BOOK_MODULE_EDS "kith_book_eds.so"
#define BOOK_MODULE_SYMBOL "kith_book_module"

struct book_module {
	const char *version; /* PACKAGE_VERSION */
	const struct book_backend *backend;
	/* Where the module's log goes, which is another than the library's, for as long as a book
	 * is open; called before one is opened. */
	void (*set_log)(log_sink *sink, void *context, enum log_level most);
};

extern const struct book_module kith_book_module __attribute__((visibility("default")));

#endif
