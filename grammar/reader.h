/* The stream of tokens between lexer and parser: knows which brackets and texts are open, finds
 * missing braces, and skips to where parsing can continue after a mistake. */
#ifndef FLOW_GRAMMAR_READER_H
#define FLOW_GRAMMAR_READER_H

#include "syntax/ast_build.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_MAX_DEPTH 200

/* How often the parser may recover before it consumes a token of the source: once for each inserted
 * brace, and a few times more. The limit is never reached; if it were, parsing would end with E0202
 * instead of looping for ever. */
#define READER_MAX_RECOVERIES (2 * READER_MAX_DEPTH)

/* Which list of the grammar took an `error`: it decides where parsing can continue. */
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
    bool ended_early; /* ended because of a limit */

    int token;              /* what the parser got last */
    struct span token_span; /* its place */
    bool token_starts_line;
    bool made_up;         /* that token is not in the source: it closes what the author left open */
    struct span previous; /* of the token before that one */
    int previous_token;
    int token_before;         /* the one before that */
    uint32_t previous_closed; /* position of the `{` that it closed; NO_BRACE: none */
    int declaration;          /* the word of the declaration that is being read */
    uint32_t declared_at;     /* its place */
    int held;                 /* 0, or a token that waits until the brackets before it are closed */
    struct span held_span;
    bool held_error;   /* the parser gets an error before it */
    size_t held_level; /* how many brackets may be open when it comes */

    bool skipping; /* until parsing can continue in the list that opened at skip_to */
    enum reader_list skip_list;
    uint32_t skip_to;   /* position of that list's `{`; NO_BRACE: the file */
    uint32_t skip_from; /* where skipping began */
    uint32_t mistake;   /* 1 + position of the last reported syntax error; 0: none */
    uint32_t recovered; /* 1 + position of the token at which parsing continued last; 0: none */
    uint32_t suspect;   /* a `{` whose `}` is too far left; NO_BRACE: none */
    size_t unopened;    /* braces closed for the author, which the source may close later */
    uint32_t arrow_in_braces; /* 1 + where an arrow made us close its braces; 0: nowhere */
    bool semicolon;           /* a `;` was reported already */
    unsigned recoveries;      /* since the lexer returned a token */
};

#define NO_BRACE UINT32_MAX

/* Called by the lexer. A function that returns an int returns the token, or that of a mistake. */

/* False: nested too deep. */
bool reader_open(struct reader *r, char kind);
int reader_close(struct reader *r, char kind, int token);

/* Reports an unknown spelling that reads as `token`: `=>` for `->`. */
int reader_misspelt(struct reader *r, const char *wanted, int token);

/* A mistake of spelling at the last token. In message, one %.*s stands for the token. help may be
 * NULL. */
void reader_mistake(struct reader *r, enum diag_code code, const char *message, const char *help);

/* Reports the text that is still open at the end of its line, or of the file, and forgets the
 * brackets that are open on that line. */
void reader_unclosed(struct reader *r);

/* Reports the hole of text as not closed; a second report of it is dropped. */
void reader_open_hole(struct reader *r, const struct open_text *text);

/* Ends the parsing with E0202. */
void reader_limit(struct reader *r, const char *message, const char *help);

/* Whether the line before the last token ends too early, and that token begins another part of the
 * node or the declaration: reported. */
bool reader_unfinished(struct reader *r, int token);

/* Called by the parser. */

/* The next token for the parser; value is not used, because the tree is built from spans. */
int reader_lex(void *value, struct span *span, struct reader *r);

enum reader_recovery {
    RECOVERY_GO_ON,   /* with the lookahead token */
    RECOVERY_DROP,    /* that token; parsing can continue at the next one */
    RECOVERY_GIVE_UP, /* the file is at its end */
};

/* Called when the parser took `error` into the list whose `{` is at `open`. */
enum reader_recovery reader_recover(struct reader *r, enum reader_list list, uint32_t open);

/* Called when a `{` is missing. Parsing continues as if it were before the last token or, if there
 * is one word too many, with the `{` after that token. *span becomes the place of the `{`. */
enum reader_recovery reader_lost_brace(struct reader *r, struct span *span);

/* Called before reader_recover in the list of nodes, or of declarations, with the last one so far
 * (or NULL): if the last token seems to be a part of it, its end was lost. */
void reader_lost_end(struct reader *r, struct node *node);
void reader_lost_end_of_decl(struct reader *r, struct decl *decl);

/* True if a syntax error at the last token would repeat a message. Otherwise the caller reports it,
 * and later calls count it as reported. */
bool reader_is_known(struct reader *r);

/* Checks the bytes before anything is scanned: UTF-8, control characters. False if the file is not
 * a text. */
bool reader_check(struct reader *r);

/* Reports a carriage return inside of a comment: it does not end the line, so the comment hides
 * what follows. */
void reader_comment(struct reader *r, const char *p, size_t len);

/* Start and stop the lexer. */
void reader_start(struct reader *r);
void reader_stop(struct reader *r);
/* The next token as the lexer sees it. */
int reader_scan(struct reader *r);

#endif
