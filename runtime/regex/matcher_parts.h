/* What the files of the matcher share. */
#ifndef FLOW_REGEX_MATCHER_PARTS_H
#define FLOW_REGEX_MATCHER_PARTS_H

#include "regex/matcher.h"
#include "regex/pattern.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>

/* A step of the program. CHAR and SET take a character and lead to the next step; MARK and EDGE
 * lead to it without taking one. */
enum matcher_operation {
    MATCHER_CHAR, /* x: the class of the character */
    MATCHER_SET,  /* x: number of the set */
    MATCHER_MATCH,
    MATCHER_SPLIT, /* to x, or else to y */
    MATCHER_JUMP,  /* to x */
    MATCHER_MARK,  /* x: 2 n where group n begins, 2 n + 1 where it ends */
    MATCHER_EDGE   /* x: enum pattern_edge */
};

struct matcher_step {
    enum matcher_operation operation;
    uint32_t x;
    uint32_t y;
};

/* What an edge needs to know about the characters before and after it. */
enum matcher_kind {
    MATCHER_OTHER = 0,
    MATCHER_WORD = 1,
    MATCHER_LINE_FEED = 2,
    MATCHER_NOTHING = 4 /* the text begins or ends there */
};

/* Classes of characters; no step tells the characters of one class apart. */
struct matcher_classes {
    uint8_t ascii[128];
    uint32_t *firsts; /* where each run of characters of one class begins, the first at 0 */
    uint32_t *ids;    /* its class */
    size_t runs;
    uint32_t count;
    uint32_t words;    /* of the bits of one class */
    uint64_t *members; /* for each class a bit for each set */
    uint8_t *kinds;    /* for each class; NULL: there are no edges */
};

#define MATCHER_MAX_PREFIX 32u

struct matcher {
    struct matcher_step *steps;
    uint32_t len;
    uint32_t cap;
    struct matcher_classes classes;
    char **names; /* of the groups */
    uint32_t groups;
    uint32_t weight;
    bool begins_text;                /* a match can begin only at the beginning of the text */
    char prefix[MATCHER_MAX_PREFIX]; /* every match begins with this text */
    size_t prefix_len;
    bool is_prefix; /* the prefix is the whole match */
    bool has_first; /* few bytes can be the first of a match; `first` tells which */
    bool first[256];
    _Atomic(struct matcher_search *) spare; /* a finished search, for its cache; NULL: none */
};

void matcher_make_classes(struct matcher_classes *c, const struct pattern *p);
void matcher_release_classes(struct matcher_classes *c);
uint32_t matcher_find_class(const struct matcher_classes *c, uint32_t character);

/* m already has its classes. */
void matcher_emit(struct matcher *m, const struct pattern *p);
void matcher_find_beginning(struct matcher *m, const struct pattern *p);

/* The class of the character at p, which is valid UTF-8; *width: its bytes. */
static inline uint32_t matcher_class_at(const struct matcher_classes *c, const char *p,
                                        size_t *width)
{
    const unsigned char *u = (const unsigned char *)p;
    if (u[0] < 0x80) {
        *width = 1;
        return c->ascii[u[0]];
    }
    if (u[0] < 0xe0) {
        *width = 2;
        return matcher_find_class(c, (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu));
    }
    if (u[0] < 0xf0) {
        *width = 3;
        return matcher_find_class(c, (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu));
    }
    *width = 4;
    return matcher_find_class(c, (u[0] & 0x7u) << 18 | (u[1] & 0x3fu) << 12 | (u[2] & 0x3fu) << 6 |
                                     (u[3] & 0x3fu));
}

static inline bool matcher_class_has(const struct matcher_classes *c, uint32_t class, uint32_t set)
{
    return c->members[(size_t) class * c->words + set / 64] >> set % 64 & 1;
}

static inline bool matcher_takes(const struct matcher *m, const struct matcher_step *step,
                                 uint32_t class)
{
    return step->operation == MATCHER_CHAR ? step->x == class
                                           : matcher_class_has(&m->classes, class, step->x);
}

/* Whether there is such an edge between characters of these kinds. */
static inline bool matcher_is_edge(uint32_t edge, enum matcher_kind before, enum matcher_kind after)
{
    bool is_word_edge = (before == MATCHER_WORD) != (after == MATCHER_WORD);
    switch ((enum pattern_edge)edge) {
    case PATTERN_TEXT_BEGIN:
        return before == MATCHER_NOTHING;
    case PATTERN_TEXT_END:
        return after == MATCHER_NOTHING;
    case PATTERN_LINE_BEGIN:
        return before == MATCHER_NOTHING || before == MATCHER_LINE_FEED;
    case PATTERN_LINE_END:
        return after == MATCHER_NOTHING || after == MATCHER_LINE_FEED;
    case PATTERN_WORD_EDGE:
        return is_word_edge;
    case PATTERN_WORD_INNER:
        return !is_word_edge;
    }
    return false;
}

/* The class behind the text. */
static inline uint32_t matcher_no_class(const struct matcher *m)
{
    return m->classes.count;
}

static inline enum matcher_kind matcher_kind_of(const struct matcher *m, uint32_t class)
{
    if (class == matcher_no_class(m))
        return MATCHER_NOTHING;
    return m->classes.kinds ? (enum matcher_kind)m->classes.kinds[class] : MATCHER_OTHER;
}

/* Searching. */

/* Where a search is between two characters. */
struct matcher_state {
    uint32_t *items; /* the steps that took the last character, in the order of preference */
    uint32_t len;
    enum matcher_kind before; /* of the last character */
    bool may_begin;           /* a match may still begin here or later */
};

struct matcher_search {
    const struct matcher *m;
    const char *begin;
    const char *p; /* the text before p has been read */
    const char *end;
    struct matcher_state now; /* not valid if is_cached: the cache then holds the state */
    struct matcher_state next;
    uint32_t *stack;
    uint32_t *visits; /* for each step, the visit in which it was reached last */
    uint32_t visit;
    uint64_t taken;             /* steps, in this part */
    struct matcher_span *spans; /* NULL: only whether it matches */
    const char *idle;           /* no match that began before this place is possible any more */
    const char *found;          /* the end of the best match so far; NULL: none yet */
    bool is_over;               /* found is the end of the match, if there is one */
    bool is_cached;
    bool no_cache;                   /* the cache did not help */
    uint32_t plain;                  /* characters to read before the cache is tried */
    struct matcher_cache *cache;     /* NULL: none yet */
    struct matcher_threads *threads; /* NULL: none yet */
    bool has_threads;                /* the threads are looking for the groups of the match */
    uint32_t room[];
};

void matcher_free_search(struct matcher_search *s);

/* Begins a new visit of the steps. */
void matcher_begin_visit(struct matcher_search *s);

/* Reads a character of a class: goes from s->now to s->next. True if a match ended before the
 * character. */
bool matcher_advance(struct matcher_search *s, const struct matcher_state *now, uint32_t class);

/* The kind of the character before p. */
enum matcher_kind matcher_kind_before(const struct matcher_search *s, const char *p);

/* Records that a match ends at s->p. */
void matcher_note_match(struct matcher_search *s);

/* With no match under way, skips to the next place where a match may begin. Keeps s->taken below
 * most. */
void matcher_skip(struct matcher_search *s, bool may_begin, uint64_t most);

/* Runs the lazily built automaton from s->now on. Stops when the search is over, when s->taken
 * is most, or when the automaton does not help; s->now is then the state of the search. */
void matcher_use_cache(struct matcher_search *s);
size_t matcher_cache_size(const struct matcher_cache *c); /* in bytes */
void matcher_look_cached(struct matcher_search *s, uint64_t most);
void matcher_free_cache(struct matcher_cache *c);

/* Writes the match that begins at s->idle or later and ends at s->found, with its groups, to
 * s->spans. False if s->taken reached most first. */
bool matcher_find_groups(struct matcher_search *s, uint64_t most);
void matcher_free_threads(struct matcher_threads *t);

#endif
