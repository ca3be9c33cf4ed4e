#include "regex/unicode.h"

#include <string.h>

static const char *const category_names[] = {
#define CATEGORY(name) #name,
#define SCRIPT(name)
#include "regex/unicode_names.def"
#undef CATEGORY
#undef SCRIPT
};

static const char *const script_names[] = {
#define CATEGORY(name)
#define SCRIPT(name) #name,
#include "regex/unicode_names.def"
#undef CATEGORY
#undef SCRIPT
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Where each run of characters of one class begins, with the number of its name in the last byte.
 */
static const uint32_t category_runs[] = {
#include "regex/unicode_categories.def"
};
static const uint32_t script_runs[] = {
#include "regex/unicode_scripts.def"
};

_Static_assert(COUNT(category_names) <= 256, "the number of a name is a byte");
_Static_assert(COUNT(script_names) <= 256, "the number of a name is a byte");

/* From each of these characters it is so far to the next greater one that is the same but for its
 * case, and from the greatest to the least. 0: they are pairs, first and second in turn. */
static const struct fold {
    uint32_t first;
    uint32_t last;
    int32_t distance;
} folds[] = {
#define FOLD(first, last, distance) { first, last, distance },
#include "regex/unicode_folds.def"
#undef FOLD
};

/* Adds the runs whose name is wanted. */
static void add_runs(struct ranges *s, const uint32_t *runs, size_t count, const bool *wanted)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t after = i + 1 < count ? runs[i + 1] >> 8 : RANGES_LAST + 1;
        if (wanted[runs[i] & 0xff])
            ranges_add(s, runs[i] >> 8, after - 1);
    }
}

/* Marks the names that are this one, or begin with it. False: there are none. */
static bool choose(const char *const *names, size_t count, const char *name, size_t len,
                   bool begins, bool *wanted)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        wanted[i] = strncmp(names[i], name, len) == 0 && (begins || names[i][len] == '\0');
        found = found || wanted[i];
    }
    return found;
}

bool unicode_add(struct ranges *s, const char *name, size_t len)
{
    bool wanted[256] = { false };
    if (len == 3 && memcmp(name, "Any", 3) == 0)
        ranges_add(s, 0, RANGES_LAST);
    else if (len > 0 && choose(category_names, COUNT(category_names), name, len, len == 1, wanted))
        add_runs(s, category_runs, COUNT(category_runs), wanted);
    else if (len > 0 && choose(script_names, COUNT(script_names), name, len, false, wanted))
        add_runs(s, script_runs, COUNT(script_runs), wanted);
    else
        return false;
    return true;
}

/* Adds the next case of each character from first to last, which are all within the fold. */
static void add_next_cases(struct ranges *s, const struct fold *f, uint32_t first, uint32_t last)
{
    if (f->distance != 0) {
        ranges_add(s, (uint32_t)((int32_t)first + f->distance),
                   (uint32_t)((int32_t)last + f->distance));
        return;
    }
    bool begins_in_pair = (first - f->first) % 2 == 1;
    bool ends_in_pair = (last - f->first) % 2 == 0;
    ranges_add(s, first - begins_in_pair, last + ends_in_pair);
}

/* The first fold that ends at c or later. */
static const struct fold *find_fold(uint32_t c)
{
    size_t from = 0;
    size_t to = COUNT(folds);
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (folds[middle].last < c)
            from = middle + 1;
        else
            to = middle;
    }
    return folds + from;
}

static void add_cases_of(struct ranges *s, struct char_range r)
{
    for (const struct fold *f = find_fold(r.first); f < folds + COUNT(folds) && f->first <= r.last;
         f++) {
        uint32_t first = f->first > r.first ? f->first : r.first;
        uint32_t last = f->last < r.last ? f->last : r.last;
        add_next_cases(s, f, first, last);
    }
}

static size_t count_of(const struct ranges *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->len; i++)
        count += s->ranges[i].last - s->ranges[i].first + 1;
    return count;
}

/* One case after the other, until there is none that was not there: up to four are the same. */
void unicode_add_cases(struct ranges *s)
{
    size_t before;
    do {
        before = count_of(s);
        for (size_t i = 0, len = s->len; i < len; i++)
            add_cases_of(s, s->ranges[i]);
        ranges_settle(s);
    } while (count_of(s) > before);
}
