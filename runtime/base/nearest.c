#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Longer words are not compared: nobody mistypes one into another. */
#define LONGEST 64

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* One row of the table of distances: to the first i letters of a, from each beginning of b. */
static void fill_row(const char *a, size_t i, const char *b, size_t b_len,
                     size_t rows[3][LONGEST + 1])
{
    size_t *row = rows[i % 3];
    const size_t *last = rows[(i + 2) % 3];
    const size_t *before = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b_len; j++) {
        size_t change = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
        row[j] = smaller(change, smaller(last[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
            row[j] = smaller(row[j], before[j - 2] + 1);
    }
}

/* Optimal string alignment: insert, delete, change, or swap two neighbours; case is ignored. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++)
        fill_row(a, i, b, b_len, rows);
    return rows[a_len % 3][b_len];
}

const char *nearest_word(const char *word, const char *const *candidates)
{
    size_t len = strlen(word);
    size_t best = len / 3; /* of one letter or two, another one is another word */
    const char *found = NULL;
    for (; *candidates && len <= LONGEST; candidates++) {
        size_t other = strlen(*candidates);
        if (strcasecmp(word, *candidates) == 0)
            return *candidates;
        if (other > LONGEST || other > len + best || len > other + best)
            continue;
        size_t far = distance(word, len, *candidates, other);
        if (far < best || (far == best && !found)) {
            best = far;
            found = *candidates;
        }
    }
    return found;
}
