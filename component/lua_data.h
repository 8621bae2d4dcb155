/* Stanzas as Prosody's internal storage keeps them: tables of Lua, written by util.serialization
 * and util.stanza's preserialize(). They are read here, never run. */
#ifndef KITH_LUA_DATA_H
#define KITH_LUA_DATA_H

#include <stddef.h>

struct arena;
struct xml;

/* The element in a file of a keyed store ("return {...};"), or the newest one of a list
 * ("item({...});" each). In the arena, as strictly checked as one that the parser gives. NULL with
 * a reason for a person in *why. */
struct xml *lua_data_element(struct arena *arena, const char *text, size_t len, const char **why);

#endif
