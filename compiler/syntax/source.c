#include "syntax/source.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sources_release(struct sources *s)
{
    for (size_t i = 0; i < s->len; i++) {
        struct source *source = s->items[i];
        mem_free((char *)source->path);
        mem_free((char *)source->data);
        mem_free(source->lines);
        mem_free(source);
    }
    mem_free(s->items);
    *s = (struct sources){ 0 };
}

/* The first position after all files. The end of a file is a position too, hence the 1. */
static uint64_t next_base(const struct sources *s)
{
    if (s->len == 0)
        return 0;
    const struct source *last = s->items[s->len - 1];
    return (uint64_t)last->base + last->len + 1;
}

/* Takes ownership of data, which has len bytes and two NULs. */
static struct source *append(struct sources *s, const char *path, char *data, size_t len)
{
    struct source *source = mem_alloc_zeroed(1, sizeof(*source));
    source->path = mem_copy_text(path, strlen(path));
    source->data = data;
    source->len = len;
    source->base = (uint32_t)next_base(s);
    s->items = mem_resize(s->items, s->len + 1, sizeof(struct source *));
    s->items[s->len++] = source;
    return source;
}

/* Reads len bytes, or fewer at the end of the file. False on failure, with the cause in errno. */
static bool read_some(int fd, char *p, size_t len, size_t *got)
{
    for (*got = 0; *got < len;) {
        ssize_t n = read(fd, p + *got, len - *got);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return false;
        *got += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* All bytes of a file and two NULs, or NULL with *reason. */
static char *read_all(int fd, size_t *len, const char **reason)
{
    struct stat facts;
    char *data = NULL;
    /* A file that is not regular, or that grows, is read in steps. */
    bool has_size =
        fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size < SOURCE_MAX_BYTES;
    size_t cap = has_size ? (size_t)facts.st_size + 1 : 1u << 16;
    size_t got;
    *len = 0;
    do {
        data = mem_resize(data, cap + 2, 1);
        if (!read_some(fd, data + *len, cap - *len, &got)) {
            *reason = strerror(errno);
            mem_free(data);
            return NULL;
        }
        *len += got;
        if (*len < cap && *len <= SOURCE_MAX_BYTES)
            return memset(data + *len, 0, 2), data;
        cap *= 2;
    } while (*len <= SOURCE_MAX_BYTES);
    *reason = "it is larger than 64 MiB";
    mem_free(data);
    return NULL;
}

struct source *sources_read(struct sources *s, const char *path, const char **reason)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        *reason = strerror(errno);
        return NULL;
    }
    char *data = read_all(fd, &len, reason);
    close(fd);
    if (data && next_base(s) + len >= UINT32_MAX) {
        *reason = "all files together are larger than 4 GiB";
        mem_free(data);
        data = NULL;
    }
    return data ? append(s, path, data, len) : NULL;
}

struct source *sources_add(struct sources *s, const char *path, const char *data, size_t len)
{
    char *copy = mem_alloc(len + 2);
    if (len > 0)
        memcpy(copy, data, len);
    memset(copy + len, 0, 2);
    return append(s, path, copy, len);
}

static void find_lines(struct source *source)
{
    size_t count = 1;
    const char *end = source->data + source->len;
    for (const char *p = source->data; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        count++;
    source->lines = mem_alloc(count * sizeof(uint32_t));
    source->lines[0] = 0;
    source->line_count = 1;
    for (const char *p = source->data; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        source->lines[source->line_count++] = (uint32_t)(p - source->data) + 1;
}

static bool is_on_line(const struct source *source, size_t line, uint32_t offset)
{
    return line < source->line_count && source->lines[line] <= offset &&
           (line + 1 == source->line_count || offset < source->lines[line + 1]);
}

/* The index of the last line that starts at or before offset. */
static size_t line_of(struct source *source, uint32_t offset)
{
    if (!source->lines)
        find_lines(source);
    size_t low = 0;
    size_t high = source->line_count;
    for (size_t i = source->last_line; i < source->last_line + 2; i++) {
        if (is_on_line(source, i, offset))
            return source->last_line = i;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    assert(is_on_line(source, low, offset));
    return source->last_line = low;
}

static struct source *source_of(const struct sources *s, uint32_t pos)
{
    for (size_t i = 0; i < s->len; i++)
        if (pos >= s->items[i]->base && pos - s->items[i]->base <= s->items[i]->len)
            return s->items[i];
    return NULL;
}

/* The number of characters; a byte that is not UTF-8 counts as one. */
static size_t count_characters(const char *p, size_t len)
{
    size_t count = 0;
    while (len > 0) {
        size_t valid = utf8_valid_prefix(p, len);
        count += utf8_count(p, valid);
        p += valid;
        len -= valid;
        if (len > 0) {
            count++;
            p++;
            len--;
        }
    }
    return count;
}

struct place sources_line(struct sources *s, uint32_t pos)
{
    struct source *source = source_of(s, pos);
    if (!source)
        return (struct place){ 0 };
    return (struct place){ source, (uint32_t)line_of(source, pos - source->base) + 1, 0 };
}

struct place sources_locate(struct sources *s, uint32_t pos)
{
    struct place place = sources_line(s, pos);
    if (!place.source)
        return place;
    size_t line = place.line - 1;
    const char *start = place.source->data + place.source->lines[line];
    size_t before = pos - place.source->base - place.source->lines[line];
    if (line == 0 && before >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0) {
        start += 3;
        before -= 3;
    }
    place.column = (uint32_t)count_characters(start, before) + 1;
    return place;
}

const char *source_line(struct source *source, uint32_t line, size_t *len)
{
    if (!source->lines)
        find_lines(source);
    if (line == 0 || line > source->line_count) {
        *len = 0;
        return "";
    }
    size_t start = source->lines[line - 1];
    size_t end = line < source->line_count ? source->lines[line] - 1 : source->len;
    if (end > start && source->data[end - 1] == '\r')
        end--;
    *len = end - start;
    return source->data + start;
}
