/* The clock that goes on, whatever the time is set to: CLOCK_MONOTONIC. */
#ifndef KITH_MONOTONIC_H
#define KITH_MONOTONIC_H

#include <stdint.h>

int64_t monotonic_us(void);
int64_t monotonic_ms(void);

#endif
