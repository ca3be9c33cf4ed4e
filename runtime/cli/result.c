#include "cli/result.h"

#include "cli/lineset.h"
#include "formats/json.h"

#include <string.h>

const char *result_status_name(enum result_status status)
{
    return status == RESULT_INVALID ? "invalid" : run_status_name((enum run_status)status);
}

static bool find_status(const char *name, size_t len, enum result_status *status)
{
    for (enum result_status s = RESULT_ENDED; s < RESULT_STATUSES; s++) {
        if (strlen(result_status_name(s)) == len && memcmp(result_status_name(s), name, len) == 0) {
            *status = s;
            return true;
        }
    }
    return false;
}

bool result_read_statuses(const char *text, unsigned *set)
{
    enum result_status status;
    *set = 0;
    for (;;) {
        size_t len = strcspn(text, ",");
        if (!find_status(text, len, &status))
            return false;
        *set |= RESULT_BIT(status);
        if (text[len] == '\0')
            return true;
        text += len + 1;
    }
}

static bool read_line(const struct object *o, struct result *r, struct bytes *why)
{
    const struct value *line = value_object_find_bytes(o, "line", 4);
    if (line && line->tag == VALUE_INT && line->integer > 0 &&
        (uint64_t)line->integer <= LINESET_MAX) {
        r->line = (uint64_t)line->integer;
        return true;
    }
    bytes_add_text(why, "its member `line` is not the number of a line");
    return false;
}

static bool read_status(const struct object *o, struct result *r, struct bytes *why)
{
    const struct value *status = value_object_find_bytes(o, "status", 6);
    if (status && status->tag == VALUE_TEXT &&
        find_status(status->text->data, status->text->len, &r->status))
        return true;
    bytes_add_text(why, "its member `status` is not a status");
    return false;
}

bool result_read(const char *p, size_t len, struct result *r, struct bytes *why)
{
    struct value v;
    struct json_error error;
    if (!json_read(p, len, &v, &error)) {
        bytes_printf(why, "invalid JSON: %s at byte %zu", error.message, error.offset + 1);
        return false;
    }
    bool good = v.tag == VALUE_OBJECT;
    if (!good)
        bytes_add_text(why, "it is not an object");
    good = good && read_line(v.object, r, why) && read_status(v.object, r, why);
    value_unref(v);
    return good;
}

/* How flowrun begins each result. */
#define START "{\"line\":"
#define START_LEN (sizeof START - 1)

bool result_read_line(const char *p, size_t len, uint64_t *line)
{
    struct result r;
    struct bytes why = { 0 };
    size_t i = START_LEN;
    if (len > i && memcmp(p, START, i) == 0 && p[i] != '0') {
        for (*line = 0; i < len && p[i] >= '0' && p[i] <= '9' && *line <= LINESET_MAX; i++)
            *line = *line * 10 + (uint64_t)(p[i] - '0');
        if (i > START_LEN && i < len && p[i] == ',' && *line <= LINESET_MAX)
            return true;
    }
    bool good = result_read(p, len, &r, &why);
    *line = good ? r.line : 0;
    bytes_release(&why);
    return good;
}

bool result_is_cut(const char *p, size_t len)
{
    size_t known = len < START_LEN ? len : START_LEN;
    size_t zeros = 0;
    while (zeros < len && p[zeros] == '\0')
        zeros++;
    return zeros == len || memcmp(p, START, known) == 0;
}
