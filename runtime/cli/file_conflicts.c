#include "cli/file_conflicts.h"

#include "base/same_file.h"

#include <string.h>

static bool is_file(const char *path)
{
    return path && strcmp(path, "-") != 0;
}

static void compare(const struct used_file *a, const struct used_file *b, struct bytes *problems)
{
    if (!is_file(a->path) || !is_file(b->path) || !same_file(a->path, b->path))
        return;
    if (a->is_written && b->is_written)
        bytes_printf(problems, "%s and %s name the same file, `%s`: give each its own file\n",
                     a->option, b->option, b->path);
    else if (a->is_written || b->is_written)
        bytes_printf(problems, "%s would overwrite %s, `%s`\n",
                     a->is_written ? a->option : b->option, a->is_written ? b->option : a->option,
                     b->path);
}

void file_conflicts_find(const struct used_file *files, size_t count, struct bytes *problems)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++)
            compare(&files[i], &files[k], problems);
    }
}
