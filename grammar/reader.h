/* The stream of tokens between lexer and parser: knows where brackets and texts are open, finds
 * missing braces, and skips to where reading can go on after a mistake. docs/reader.md explains
 * its states, with drawn examples. */
#ifndef FLOW_GRAMMAR_READER_H
#define FLOW_GRAMMAR_READER_H

#include "syntax/ast_build.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_MAX_DEPTH 200

/* Recoveries without a new token from the lexer: each made-up brace may need one, and a few more.
 * This limit should never be reached. If it is, reading ends with E0202 instead of looping. */
#define READER_MAX_RECOVERIES (2 * READER_MAX_DEPTH)

/* The list of the grammar that took an `error`. It decides where reading can go on. */
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
    bool in_hole;    /* the lexer is in the hole, not in the text around it */
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
    bool ended_early; /* because a limit was reached */

    int token;              /* the last one that the parser got */
    struct span token_span; /* its place */
    bool token_starts_line;
    bool made_up;         /* the author did not write that token: it closes what was left open */
    struct span previous; /* of the token before that one */
    int previous_token;
    int token_before;         /* the one before that */
    uint32_t previous_closed; /* where the `{` is that it closed, or NO_BRACE */
    int declaration;          /* the word of the declaration that is being read */
    uint32_t declared_at;     /* its place */
    int held;                 /* 0, or a token that waits until the brackets before it are closed */
    struct span held_span;
    bool held_error;   /* the parser gets an `error` before it */
    size_t held_level; /* brackets that stay open when the parser gets it */

    bool skipping; /* until reading can go on in the list that opened at skip_to */
    enum reader_list skip_list;
    uint32_t skip_to;   /* position of that list's `{`; NO_BRACE: the file */
    uint32_t skip_from; /* where skipping began */
    uint32_t mistake;   /* 1 + position of the last message about syntax; 0: none */
    uint32_t recovered; /* 1 + position of the token where reading went on last; 0: none */
    uint32_t suspect;   /* a `{` whose `}` is less indented and may be another's; or NO_BRACE */
    size_t unopened;    /* braces that the reader closed and the author may still close */
    uint32_t arrow_in_braces; /* 1 + position of an arrow that was inside braces; 0: none */
    bool semicolon;           /* one was reported */
    unsigned recoveries;      /* since the last token from the lexer */
};

#define NO_BRACE UINT32_MAX

/* For the lexer. A function that returns an int returns the token. */

/* Returns false if brackets and texts nest too deep. */
bool reader_open(struct reader *r, char kind);
int reader_close(struct reader *r, char kind, int token);

/* Reports a spelling of another language that is read as `token`, such as `=>` for `->`. */
int reader_misspelt(struct reader *r, const char *wanted, int token);

/* Reports a wrong spelling at the last token. message may contain one %.*s, which the token
 * replaces. help may be NULL. */
void reader_mistake(struct reader *r, enum diag_code code, const char *message, const char *help);

/* Reports the text that is still open at the end of its line or of the file, and forgets the other
 * texts and holes that are open on that line. */
void reader_unclosed(struct reader *r);

/* Reports that the hole of this text is not closed; a second report of it is dropped. */
void reader_open_hole(struct reader *r, const struct open_text *text);

/* Reports E0202 and ends the reading. */
void reader_limit(struct reader *r, const char *message, const char *help);

/* Returns true, after a message, if the line before the last token ends too early and that token
 * begins another part of the node or the declaration. */
bool reader_unfinished(struct reader *r, int token);

/* For the parser. */

/* Returns the next token for the parser. value is not used: the tree is made from spans. */
int reader_lex(void *value, struct span *span, struct reader *r);

enum reader_recovery {
    RECOVERY_GO_ON,   /* with the lookahead token */
    RECOVERY_DROP,    /* without it: the next token is where reading can go on */
    RECOVERY_GIVE_UP, /* at the end of the file, or after too many recoveries */
};

/* The parser took `error` into the list whose `{` is at `open`. */
enum reader_recovery reader_recover(struct reader *r, enum reader_list list, uint32_t open);

/* A `{` is missing: reading goes on as if it were before the last token or, if that token is a
 * surplus word, with the `{` after it. Sets *span to the place of the `{`. */
enum reader_recovery reader_lost_brace(struct reader *r, struct span *span);

/* Called before reader_recover in the list of nodes or declarations, with the last one so far, or
 * NULL. If the last token seems to belong to it, its own end was lost, and it is extended. */
void reader_lost_end(struct reader *r, struct node *node);
void reader_lost_end_of_decl(struct reader *r, struct decl *decl);

/* Returns true if a message about syntax at the last token would repeat an earlier one. Otherwise
 * the caller reports it, and its place is remembered. */
bool reader_is_known(struct reader *r);

/* Checks all bytes before the first token: UTF-8, zero bytes, invisible characters. Returns false
 * if the file cannot be read as text. */
bool reader_check(struct reader *r);

/* Reports a bare carriage return in a comment: it does not end the line, so what follows it would
 * be hidden in the comment. */
void reader_comment(struct reader *r, const char *p, size_t len);

/* Set up and free the scanner. */
void reader_start(struct reader *r);
void reader_stop(struct reader *r);
/* Returns the next token of the lexer. */
int reader_scan(struct reader *r);

#endif
