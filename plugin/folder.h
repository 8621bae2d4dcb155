/* Names on the disk. */
#ifndef KITH_FOLDER_H
#define KITH_FOLDER_H

/* Brings the name of a file or directory onto the disk, by its folder. 0, or -1 with errno. */
int folder_sync_of(const char *path);

#endif
