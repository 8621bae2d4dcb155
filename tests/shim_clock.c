/* For LD_PRELOAD: clocks that a test moves, under a real program. KITH_SHIM_CLOCK names a file of
 * three int64_t, in ns: what is added to the monotonic clock, to the wall clock, and to that which
 * counts sleep too. Waits end when the moved clock says so. tests/shims.py is the other end. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SLICE_MS 5 /* between looks at whether the clock was moved */
#define NS_S 1000000000

enum { MONOTONIC, WALL, BOOT, CLOCKS };

static const volatile int64_t *added;

static void __attribute__((constructor)) map_file(void)
{
	const char *path = getenv("KITH_SHIM_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, CLOCKS * sizeof(*added), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (memory != MAP_FAILED)
		added = memory;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
	int64_t ns;

	if (syscall(SYS_clock_gettime, id, out))
		return -1;
	if (!added || (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME && id != CLOCK_BOOTTIME))
		return 0;
	ns = (int64_t)out->tv_sec * NS_S + out->tv_nsec +
	     added[id == CLOCK_MONOTONIC    ? MONOTONIC
		     : id == CLOCK_REALTIME ? WALL
					    : BOOT];
	out->tv_sec = ns / NS_S;
	out->tv_nsec = ns % NS_S;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is left of a wait that began at began_ms, in slices; -1 waits for ever. */
static int slice_ms(int64_t began_ms, int timeout_ms)
{
	int64_t left = began_ms + timeout_ms - now_ms();

	if (timeout_ms < 0 || left > SLICE_MS)
		return SLICE_MS;
	return left > 0 ? (int)left : 0;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
	int64_t began = now_ms();

	for (;;) {
		int slice = slice_ms(began, timeout);
		long count = syscall(SYS_epoll_pwait, fd, events, most, slice, NULL, 0);

		if (count != 0 || slice < SLICE_MS)
			return (int)count;
	}
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int64_t began = now_ms();

	for (;;) {
		int slice = slice_ms(began, timeout);
		long ready = syscall(SYS_poll, fds, count, slice);

		if (ready != 0 || slice < SLICE_MS)
			return (int)ready;
	}
}
