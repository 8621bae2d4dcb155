/* The addresses of a host, from the name service: getaddrinfo(3) takes the time that this takes,
 * and can't be interrupted; so it has a thread of its own, and is left there when nobody waits for
 * it any more. */
#ifndef KITH_LOOKUP_H
#define KITH_LOOKUP_H

#include <stdint.h>

struct addrinfo;
struct lookup;

/* Begins to ask. *fd: once it can be read (or has hung up) the answer is there; the caller closes
 * it. NULL: couldn't begin, with the errno. The caller frees with lookup_free(), at any time. */
struct lookup *lookup_new(const char *host, uint16_t port, int *fd);
void lookup_free(struct lookup *lookup); /* NULL is harmless */

/* What was found, once fd said so; it goes to the caller, who frees with freeaddrinfo(3). NULL:
 * nothing, for a reason in *why (static). */
struct addrinfo *lookup_take(struct lookup *lookup, const char **why);

/* A numeric address, for which nobody is asked; else NULL. As above. */
struct addrinfo *lookup_numeric(const char *host, uint16_t port);

#endif
