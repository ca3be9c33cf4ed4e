/* Writing a file so that it is either the old one or the complete new one. One at a time in a
 * process. */
#ifndef FLOW_BASE_REPLACE_FILE_H
#define FLOW_BASE_REPLACE_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Writes len bytes to path, through a new file beside it that is renamed to path. The new file gets
 * the mode and, if allowed, the owner of the old file; without an old file it gets `mode` less the
 * umask. Other hard links keep the old contents. If path is not a regular file (a terminal, a pipe)
 * or names a descriptor (/dev/stdout), it is written to directly. If its folder is not writable or
 * it is a mount point, the old file is overwritten in place. Returns NULL, or why it failed (static
 * or strerror); path is then unchanged, unless it was being overwritten, and no other file is left
 * behind. */
const char *replace_file(const char *path, const char *data, size_t len, mode_t mode);

/* Checks, without writing, whether replace_file could work. NULL, or why it cannot. */
const char *replace_file_check(const char *path);

/* A regular file that is replaced in steps, for contents too long to be held in memory. */
struct replacement {
    char *path; /* of the file itself, behind links */
    struct stat old;
    int fd; /* of the new file; -1: there is none */
};

/* Begins a new file beside path, to be written to r->fd. NULL, or why not; to be released either
 * way. */
const char *replace_file_begin(struct replacement *r, const char *path);

/* The new file takes the place of the old one, whole. NULL, or why not; path is then as it was. */
const char *replace_file_end(struct replacement *r);

/* Removes the new file, unless it has taken the place of the old one. */
void replace_file_release(struct replacement *r);

/* Removes what an unfinished replace_file of this process left. For the end on exhausted memory. */
void replace_file_abandon(void);

#endif
