/* Profanity's plugin interface, for the files of kith.so. */
#ifndef KITH_PROFANITY_API_H
#define KITH_PROFANITY_API_H

/* The pointers in the header are filled by Profanity: they must be visible to it, and only they.
 * It defines them in each file that includes it, which takes -fcommon. */
#pragma GCC visibility push(default)
#include <profapi.h>
#pragma GCC visibility pop

#define COMMAND "/contact"

#endif
