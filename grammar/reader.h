/* The stream of tokens between lexer and parser: knows where brackets and texts are open, finds
 * braces that are missing, and skips to where reading can go on after a mistake. */
#ifndef FLOW_GRAMMAR_READER_H
#define FLOW_GRAMMAR_READER_H

#include "syntax/ast_build.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_MAX_DEPTH 200

/* How often the parser may go on after a mistake until it takes a token that stands in the source:
 * each brace that was made up can be one, and a few more. It is not reached, and if it were,
 * reading would end with E0202 and not go on for ever. */
#define READER_MAX_RECOVERIES (2 * READER_MAX_DEPTH)

/* Which list of the grammar took an `error`: it decides where reading can go on. */
enum reader_list {
    LIST_OF_DECLARATIONS,
    LIST_OF_SETTINGS,
    LIST_OF_NODES,
    LIST_OF_PARTS, /* of a node */
    LIST_OF_CASES,
    LIST_OF_BRANCHES,
    LIST_OF_ACTIONS,
    LIST_OF_STEPS,
};

/* An open `{`, `(` or `[`. */
struct bracket {
    char kind;
    uint32_t pos;
};

/* A text with a hole `{…}` in it, while the lexer is in the text or in the hole. */
struct open_text {
    uint32_t pos;    /* of its quote */
    uint32_t hole;   /* of the `{` of the hole that is being read */
    bool block;      /* """ */
    bool in_hole;    /* not in the text around it */
    size_t brackets; /* how many were open at the hole */
};

struct reader {
    struct builder *b;
    void *scanner;
    struct span span; /* of the token that was scanned last */
    bool starts_line; /* that token is the first on its line */
    struct bracket brackets[READER_MAX_DEPTH];
    size_t bracket_count;
    struct open_text texts[READER_MAX_DEPTH];
    size_t text_count;
    uint32_t closed;  /* position of the `{` that the last `}` closed */
    bool ended;       /* nothing more is read */
    bool ended_early; /* because of a limit */

    int token;              /* what the parser got last */
    struct span token_span; /* its place */
    bool token_starts_line;
    bool made_up;         /* that token stands nowhere: it closes what the author left open */
    struct span previous; /* of the token before that one */
    int previous_token;
    int token_before;         /* the one before that */
    uint32_t previous_closed; /* position of the `{` that it closed; NO_BRACE: none */
    int declaration;          /* the word of the declaration that is being read */
    uint32_t declared_at;     /* its place */
    int held;                 /* 0, or a token that waits until what is open before it is closed */
    struct span held_span;
    bool held_error;   /* an error comes before it */
    size_t held_level; /* how many brackets may be open when it comes */

    bool skipping; /* until reading can go on in the list that opened at skip_to */
    enum reader_list skip_list;
    uint32_t skip_to;   /* position of that list's `{`; NO_BRACE: the file */
    uint32_t skip_from; /* where skipping began */
    uint32_t mistake;   /* 1 + where the last message about syntax was; 0: none */
    uint32_t recovered; /* 1 + the token at which reading went on last; 0: none */
    uint32_t suspect;   /* a `{` whose `}` stands too far left: maybe another's; NO_BRACE: none */
    size_t unopened;    /* braces closed for the author, who may close them later */
    uint32_t arrow_in_braces; /* 1 + where an arrow made us close its braces; 0: nowhere */
    bool semicolon;           /* said already */
    unsigned recoveries;      /* since the lexer gave a token */
};

#define NO_BRACE UINT32_MAX

/* Below: the lexer's. Each returns the token, or a mistake's. */

/* False: nested too deep. */
bool reader_open(struct reader *r, char kind);
int reader_close(struct reader *r, char kind, int token);

/* Reports an unknown spelling that reads as `token`: `=>` for `->`. */
int reader_misspelt(struct reader *r, const char *wanted, int token);

/* A mistake of spelling at the last token. In message, one %.*s stands for the token. help may be
 * NULL. */
void reader_mistake(struct reader *r, enum diag_code code, const char *message, const char *help);

/* Reports the text that its line, or the file, ends without closing, and forgets what is open on
 * that line. */
void reader_unclosed(struct reader *r);

/* Reports the hole of text as not closed; a second report of it is swallowed. */
void reader_open_hole(struct reader *r, const struct open_text *text);

/* Ends the reading with E0202. */
void reader_limit(struct reader *r, const char *message, const char *help);

/* Whether the line before the last token ends too early, and that token begins another part of the
 * node or the declaration: reported. */
bool reader_unfinished(struct reader *r, int token);

/* Below: the parser's. */

/* The next token for the parser; value is not used, for the tree is made from places. */
int reader_lex(void *value, struct span *span, struct reader *r);

enum reader_recovery {
    RECOVERY_GO_ON,   /* with the token that is being looked at */
    RECOVERY_DROP,    /* that token; the next one is where reading can go on */
    RECOVERY_GIVE_UP, /* the file is at its end */
};

/* Called when the parser took `error` into the list whose `{` is at `open`. */
enum reader_recovery reader_recover(struct reader *r, enum reader_list list, uint32_t open);

/* Called when a `{` is missing: all goes on as if it stood before the last token, or with the `{`
 * behind that token where one word is too many. *span becomes the place of it. */
enum reader_recovery reader_lost_brace(struct reader *r, struct span *span);

/* Called before reader_recover in the list of nodes, or of declarations, with the last one so far
 * (or NULL): where the last token seems to be a part of it, its end was lost. */
void reader_lost_end(struct reader *r, struct node *node);
void reader_lost_end_of_decl(struct reader *r, struct decl *decl);

/* True: a message about syntax at the last token would repeat one. Otherwise it will be the one. */
bool reader_is_known(struct reader *r);

/* Checks the bytes before anything is scanned: UTF-8, control characters. False: the file is no
 * text at all. */
bool reader_check(struct reader *r);

/* Reports what a comment hides: it goes to the end of its line, which a carriage return alone is
 * not. */
void reader_comment(struct reader *r, const char *p, size_t len);

/* Where the lexer starts, and its end. */
void reader_start(struct reader *r);
void reader_stop(struct reader *r);
/* The next token as the lexer sees it. */
int reader_scan(struct reader *r);

#endif
