#include "batch/invalid_line.h"

#include "engine/run.h"

static void add_reason(const struct masks *masks, const struct bytes *problems, struct bytes *b)
{
    struct bytes reason = { 0 };
    size_t len = problems->len;
    const char *p = bytes_text(problems);
    while (len > 0 && p[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++)
        bytes_add_text(&reason, p[i] == '\n' ? "; " : (char[]){ p[i], '\0' });
    struct value text = value_text(bytes_text(&reason), reason.len);
    run_print_masked(masks, text, b);
    value_unref(text);
    bytes_release(&reason);
}

void invalid_line_print(const struct masks *masks, uint64_t line, const struct value *input,
                        const struct bytes *problems, struct bytes *b)
{
    bytes_printf(b, "{\"line\":%llu,", (unsigned long long)line);
    if (input) {
        bytes_add_text(b, "\"input\":");
        run_print_masked(masks, *input, b);
        bytes_add_char(b, ',');
    }
    bytes_add_text(b, "\"status\":\"invalid\",\"error\":");
    add_reason(masks, problems, b);
    bytes_add_char(b, '}');
}
