/* Any bytes as the file of --secrets. Every pair has a name and a value, and no message shows a
 * value. */
#include "engine/secrets_file.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What one input may hold in memory. */
#define MOST_BYTES (1u << 20)
#define MOST_BYTES_EACH 64u

static void check_pairs(const struct secrets_file *s)
{
    for (size_t i = 0; i < s->len; i++) {
        const char *name = s->pairs[i].name;
        if (*name == '\0' || strlen(name) != strspn(name, "_0123456789"
                                                          "abcdefghijklmnopqrstuvwxyz"
                                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            fuzz_fail("a name that is none", name);
        if (!s->pairs[i].value)
            fuzz_fail("a name without a value", name);
    }
}

/* One line for each problem, which says the place and nothing of what stands there. */
static void check_problems(const char *problems)
{
    for (const char *line = problems; *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "file:", 5) != 0 || !strchr(line, '\n'))
            fuzz_fail("a message without its place", line);
        size_t number = strspn(line + 5, "0123456789");
        const char *words = line + 5 + number;
        if (number == 0 ||
            strspn(words, ": =abcdefghijklmnopqrstuvwxyzFLOW_NAMEUTB") != strcspn(words, "\n"))
            fuzz_fail("a message that shows more than its place", line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct secrets_file s = { 0 };
    struct bytes problems = { 0 };
    fuzz_begin(MOST_BYTES + size * MOST_BYTES_EACH);
    bool good = secrets_file_read(&s, "file", (const char *)data, size, &problems);
    if (good != (problems.len == 0))
        fuzz_fail("refused without a reason, or not refused with one", bytes_text(&problems));
    check_pairs(&s);
    check_problems(bytes_text(&problems));
    secrets_file_release(&s);
    bytes_release(&problems);
    fuzz_end();
    return 0;
}
