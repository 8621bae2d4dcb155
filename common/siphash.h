/* SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012): a hash for tables
 * whose keys strangers choose. */
#ifndef KITH_SIPHASH_H
#define KITH_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const unsigned char key[16], const void *data, size_t len);

#endif
