/* Writing a file so that it is either the old one or the complete new one. One at a time in a
 * process. */
#ifndef FLOW_BASE_REPLACE_FILE_H
#define FLOW_BASE_REPLACE_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Writes len bytes to path: into a new file beside it, which then takes its place, with the mode
 * and, where that is allowed, the owner of the old one; without an old one, with `mode` less the
 * umask. Another hard link keeps the old one. What is no regular file (a terminal, a pipe), or is
 * named as a descriptor (/dev/stdout), is written to as it is; an old file whose folder takes no
 * other, or that is mounted by itself, is written over. NULL, or why not (static or strerror); path
 * is then as it was, but for one that was written over, and nothing is left behind. */
const char *replace_file(const char *path, const char *data, size_t len, mode_t mode);

/* Whether that would work, as far as can be told without doing it. NULL, or why not. */
const char *replace_file_check(const char *path);

/* A regular file that is being replaced in steps, for what is too long to be held in memory. */
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
