/* The file of `--secrets`: lines NAME=value, as dotenv files have them. Knows nothing of programs.
 * Never shows a value in a message. */
#ifndef FLOW_ENGINE_SECRETS_FILE_H
#define FLOW_ENGINE_SECRETS_FILE_H

#include "base/bytes.h"
#include "vm/program.h"

#include <stdbool.h>
#include <stddef.h>

struct secrets_file {
    struct setting_pair *pairs; /* names without FLOW_, as written otherwise */
    size_t len;
    size_t cap;
};

void secrets_file_release(struct secrets_file *s);

/* Reads a file's text, of which docs/language.md tells the form ("A file of secrets"). Lines of
 * names that do not begin with FLOW_ are of other programs, and are passed over. Of a name that
 * comes twice the last counts. What is no line at all, or not a good one of ours, is added to
 * problems as "PATH:LINE: …", one line each; false if there was one. */
bool secrets_file_read(struct secrets_file *s, const char *path, const char *text, size_t len,
                       struct bytes *problems);

#endif
