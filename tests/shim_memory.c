/* For LD_PRELOAD: memory that runs out when a test says so, under a real program. KITH_SHIM_MEMORY
 * names a file of four uint64_t: the allocations made so far, that from which on none is given
 * (counted from 1; 0: all are), for how many, and the bytes from which on one counts.
 * tests/shims.py is the other end.
 *
 * The libraries of C++ below libphonenumber get theirs always: ICU doesn't look at what it gets,
 * and would end the program with a signal. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MADE, FAIL_FROM, FAIL_FOR, LEAST, NUMBERS };

/* glibc's own names for what is replaced here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static uint64_t *numbers;

static void __attribute__((constructor)) map_file(void)
{
	const char *path = getenv("KITH_SHIM_MEMORY");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, NUMBERS * sizeof(*numbers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (memory != MAP_FAILED)
		numbers = memory;
}

static bool is_spared(void *caller)
{
	static const char *const libraries[] = {
		"libicu", "libphonenumber", "libstdc++", "libprotobuf"};
	Dl_info info;

	if (!dladdr(caller, &info) || !info.dli_fname)
		return false;
	for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++)
		if (strstr(info.dli_fname, libraries[i]))
			return true;
	return false;
}

static bool is_refused(size_t size, void *caller)
{
	uint64_t made, from;

	if (!numbers || size < __atomic_load_n(&numbers[LEAST], __ATOMIC_RELAXED))
		return false;
	made = __atomic_add_fetch(&numbers[MADE], 1, __ATOMIC_RELAXED);
	from = __atomic_load_n(&numbers[FAIL_FROM], __ATOMIC_RELAXED);
	if (!from || made < from ||
		made - from >= __atomic_load_n(&numbers[FAIL_FOR], __ATOMIC_RELAXED) ||
		is_spared(caller))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_refused(size, __builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_refused(count * size, __builtin_return_address(0)) ? NULL
								     : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_refused(size, __builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
