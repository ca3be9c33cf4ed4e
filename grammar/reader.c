#include "grammar/reader.h"

#include "base/nearest.h"
#include "grammar/parser.h"
#include "grammar/words.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

/* The source around a position. */

static const char *at(const struct reader *r, uint32_t pos)
{
    return r->b->source->data + (pos - r->b->source->base);
}

static const char *line_of(const struct reader *r, uint32_t pos)
{
    const char *p = at(r, pos);
    while (p > r->b->source->data && p[-1] != '\n')
        p--;
    return p;
}

/* The number of blanks before the first word of the line of pos. */
static size_t indentation(const struct reader *r, uint32_t pos)
{
    return strspn(line_of(r, pos), " \t");
}

/* Whether the line of pos begins with this word and a blank. */
static bool line_begins(const struct reader *r, uint32_t pos, const char *word)
{
    const char *p = line_of(r, pos);
    p += strspn(p, " \t");
    size_t len = strlen(word);
    return strncmp(p, word, len) == 0 && (p[len] == ' ' || p[len] == '\t');
}

static bool is_word_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool same_line(const struct reader *r, uint32_t from, uint32_t to)
{
    return !memchr(at(r, from), '\n', to - from);
}

/* Brackets. */

bool reader_open(struct reader *r, char kind)
{
    if (r->bracket_count + r->text_count >= READER_MAX_DEPTH)
        return false;
    r->brackets[r->bracket_count++] = (struct bracket){ kind, r->span.start };
    return true;
}

/* A `}` closes the last `{` and all brackets that were opened after it. */
static void close_brace(struct reader *r, size_t floor)
{
    size_t i = r->bracket_count;
    while (i > floor && r->brackets[i - 1].kind != '{')
        i--;
    r->closed = i > floor ? r->brackets[i - 1].pos : NO_BRACE;
    if (i == floor)
        return;
    r->bracket_count = i - 1;
    if (r->suspect == NO_BRACE && r->starts_line &&
        indentation(r, r->span.start) < indentation(r, r->closed))
        r->suspect = r->closed;
}

int reader_close(struct reader *r, char kind, int token)
{
    size_t floor = r->text_count > 0 ? r->texts[r->text_count - 1].brackets : 0;
    if (kind == '{')
        close_brace(r, floor);
    else if (r->bracket_count > floor && r->brackets[r->bracket_count - 1].kind == kind)
        r->bracket_count--;
    return token;
}

/* Missing braces. */

static bool is_declaration(int token)
{
    return words_has_role(token, WORDS_DECLARATION);
}

/* Whether the last token can only be the beginning of a node or of a declaration, whatever is
 * open: `node NAME` at the start of a line, or a declaration's word in the first column. */
static bool is_anchor(const struct reader *r, int token)
{
    if (token == GRAMMAR_EOF)
        return true;
    if (!r->starts_line || r->text_count > 0 || (token != KW_NODE && !is_declaration(token)))
        return false;
    if (r->token == ARROW || r->token == ',' || r->token == '.')
        return false;
    if (token != KW_NODE && r->span.start > r->b->source->base && *at(r, r->span.start - 1) != '\n')
        return false;
    const char *next = at(r, r->span.end);
    size_t blanks = strspn(next, " \t");
    char c = next[blanks];
    return blanks > 0 && (c == '"' || c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
}

/* How many brackets may be open before this anchor: none, or for a node those up to the `{` of its
 * flow. SIZE_MAX if no flow is open. */
static size_t level_of(const struct reader *r, int token)
{
    if (token != KW_NODE)
        return 0;
    if (r->skipping && r->skip_list == LIST_OF_DECLARATIONS)
        return SIZE_MAX;
    for (size_t i = r->bracket_count; i > 0; i--)
        if (r->brackets[i - 1].kind == '{' && line_begins(r, r->brackets[i - 1].pos, "flow"))
            return i;
    return SIZE_MAX;
}

static void report_missing_brace(struct reader *r, int token, uint32_t open)
{
    if (r->suspect != NO_BRACE && r->suspect > open)
        open = r->suspect;
    r->suspect = NO_BRACE;
    if (r->b->lost > open)
        return;
    struct span place = { r->token_span.end, r->token_span.end };
    struct span brace = { open, open + 1 };
    const char *before = token == GRAMMAR_EOF ? "the end of the file" : "the next `node`";
    if (is_declaration(token))
        before = "the next declaration";
    struct diag *diag = diag_add(r->b->diags, E0201, place, "expected `}` before %s", before);
    diag_note(r->b->diags, diag, brace, "this `{` is not closed");
    r->mistake = place.start + 1;
    r->b->lost = place.start + 1;
}

/* The last token waits until all brackets above level are closed. */
static void hold(struct reader *r, int token, size_t level)
{
    r->held = token == GRAMMAR_EOF ? GRAMMAR_UNDEF : token;
    r->held_span = r->span;
    r->held_level = level;
}

/* Reports a node inside a node, and drops it. */
static void skip_inner_node(struct reader *r)
{
    size_t level = r->bracket_count;
    struct diag *diag =
        diag_add(r->b->diags, E0201, r->span, "a node cannot be inside another node");
    diag_help(r->b->diags, diag,
              "close the outer node with `}` first, and connect the two with an arrow");
    r->mistake = r->span.start + 1;
    r->b->lost = r->span.start + 1;
    for (bool opened = false; !opened || r->bracket_count > level;) {
        int token = reader_scan(r);
        if (token == GRAMMAR_EOF || (!opened && token == '}'))
            break;
        opened = opened || token == '{';
    }
}

/* Skipping to where parsing can continue. */

/* What other languages write for `else if`, or a misspelled `else`: it continues an `if` and
 * begins no entry of a list. */
static bool is_elif(const struct reader *r, int token)
{
    static const char *const words[] = { "elif", "elsif", "elseif", "else", NULL };
    size_t len = r->span.end - r->span.start;
    char word[8] = { 0 };
    if (token != NAME || len >= sizeof word)
        return false;
    memcpy(word, at(r, r->span.start), len);
    return nearest_word(word, words) != NULL;
}

/* Of all entries of lists, only a case begins with a text. */
static bool is_text(int token)
{
    return token == STRING || token == RAW || token == TEXT_OPEN || token == BLOCK_OPEN;
}

static bool is_list_token(const struct reader *r, enum reader_list list, int token)
{
    switch (list) {
    case LIST_OF_DECLARATIONS:
        return is_declaration(token);
    case LIST_OF_NODES:
        return token == KW_NODE || token == KW_VAR;
    case LIST_OF_CASES:
        return token != ARROW;
    case LIST_OF_SETTINGS:
    case LIST_OF_PARTS:
    case LIST_OF_BRANCHES:
    case LIST_OF_ACTIONS:
    case LIST_OF_STEPS:
        break;
    }
    return token != KW_ELSE && token != GRAMMAR_error && token != ')' && token != ']' &&
           !is_text(token) && !is_elif(r, token);
}

/* Whether the list that opened at `open` can continue with this token. */
static bool can_go_on(const struct reader *r, enum reader_list list, uint32_t open, int token,
                      bool starts_line)
{
    if (token == GRAMMAR_EOF)
        return true;
    if (token == '}')
        return open != NO_BRACE && (r->closed == NO_BRACE || r->closed <= open);
    uint32_t inner = r->bracket_count > 0 ? r->brackets[r->bracket_count - 1].pos : NO_BRACE;
    if (token == '{' || token == '(' || token == '[')
        inner = r->bracket_count > 1 ? r->brackets[r->bracket_count - 2].pos : NO_BRACE;
    return starts_line && inner == open && is_list_token(r, list, token);
}

/* Ignores the last `}`: its `{` is open again. */
static void reopen(struct reader *r)
{
    r->brackets[r->bracket_count++] = (struct bracket){ '{', r->closed };
}

/* The author's `}` after an arrow that was inside the braces of its actions. */
static bool ends_arrow(const struct reader *r, int token)
{
    return token == '}' && r->arrow_in_braces && r->closed != NO_BRACE && !r->starts_line &&
           same_line(r, r->arrow_in_braces - 1, r->span.start) &&
           !same_line(r, r->closed, r->span.start);
}

/* A `}` in the middle of the line with the mistake that would close a `{` of an earlier line. Its
 * own `{` was dropped as a part of the mistake. */
static bool is_stray(const struct reader *r, int token)
{
    return token == '}' && !r->starts_line && r->closed == r->skip_to &&
           r->skip_from <= r->span.start && same_line(r, r->skip_from, r->span.start) &&
           !same_line(r, r->closed, r->span.start);
}

/* A `}` that is further right than the line of the list's `{`. It ends the entry with the mistake,
 * such as a node without its `{`, and not the list. */
static bool is_of_lost_part(const struct reader *r, int token)
{
    return token == '}' && r->starts_line && r->closed == r->skip_to &&
           indentation(r, r->span.start) > indentation(r, r->closed);
}

static bool stops_skipping(struct reader *r, int token, int before)
{
    if (r->closed != NO_BRACE && (is_stray(r, token) || is_of_lost_part(r, token))) {
        reopen(r);
        return false;
    }
    if (r->text_count > 0 && token != GRAMMAR_EOF)
        return false;
    return (before != ',' || token == '}') &&
           can_go_on(r, r->skip_list, r->skip_to, token, r->starts_line);
}

/* A node or a declaration begins while more than `level` brackets are open. Returns false if it
 * was a node inside a node, which has been dropped. */
static bool meet_anchor(struct reader *r, int token, size_t level)
{
    uint32_t open = r->brackets[level].pos;
    if (token == KW_NODE && line_begins(r, open, "node") &&
        indentation(r, r->span.start) > indentation(r, open)) {
        skip_inner_node(r);
        return false;
    }
    report_missing_brace(r, token, open);
    hold(r, token, level);
    r->skipping = false;
    return true;
}

static bool is_open(const struct reader *r, uint32_t open)
{
    size_t level = r->bracket_count;
    while (level > 0 && r->brackets[level - 1].pos > open)
        level--;
    return level > 0 && r->brackets[level - 1].pos == open;
}

/* Whether this token, the first on its line, is too far left to be inside the actions that opened
 * at `open`. Their `}` was dropped as a part of a reported mistake. */
static bool leaves_block(const struct reader *r, enum reader_list list, uint32_t open, int token)
{
    return list == LIST_OF_ACTIONS && r->starts_line && r->text_count == 0 && token > UCHAR_MAX &&
           token != GRAMMAR_error && is_open(r, open) && !same_line(r, open, r->span.start) &&
           indentation(r, r->span.start) <= indentation(r, open);
}

/* The last token waits until the parser has got the missing `}` and then an `error`, which ends
 * the part that the braces belong to. */
static void leave_block(struct reader *r, int token, uint32_t open)
{
    size_t level = r->bracket_count;
    while (level > 0 && r->brackets[level - 1].pos >= open)
        level--;
    hold(r, token, level);
    r->held_error = true;
    r->skipping = false;
}

static int next_token(struct reader *r)
{
    int before = 0;
    for (;;) {
        r->starts_line = r->token == GRAMMAR_EMPTY && before == 0;
        int token = reader_scan(r);
        if (token == '}' && r->closed == NO_BRACE && r->unopened > 0) {
            r->unopened--;
            continue;
        }
        if (ends_arrow(r, token)) {
            reopen(r);
            r->arrow_in_braces = 0;
            continue;
        }
        if (r->bracket_count > 0 && is_anchor(r, token) && r->bracket_count > level_of(r, token)) {
            if (!meet_anchor(r, token, level_of(r, token)))
                continue;
            return 0;
        }
        if (r->skipping && leaves_block(r, r->skip_list, r->skip_to, token)) {
            leave_block(r, token, r->skip_to);
            return 0;
        }
        if (!r->skipping && reader_unfinished(r, token)) {
            hold(r, token, r->bracket_count);
            r->held_error = true;
            return 0;
        }
        if (!r->skipping || stops_skipping(r, token, before)) {
            r->skipping = false;
            return token;
        }
        before = token;
    }
}

/* Returns the held token, or the brace or `error` that must come before it. */
static int held_token(struct reader *r)
{
    r->starts_line = true;
    while (r->bracket_count > r->held_level) {
        struct bracket bracket = r->brackets[--r->bracket_count];
        if (bracket.kind != '{')
            continue;
        r->closed = bracket.pos;
        r->made_up = true;
        r->unopened++;
        r->span = (struct span){ r->previous.end, r->previous.end };
        return '}';
    }
    if (r->held_error) {
        r->held_error = false;
        r->made_up = true;
        return GRAMMAR_error;
    }
    r->skipping = false;
    int token = r->held == GRAMMAR_UNDEF ? GRAMMAR_EOF : r->held;
    r->held = 0;
    r->span = r->held_span;
    return token;
}

/* Whether a node or a declaration probably begins with this token. */
static bool is_beginning(const struct reader *r, int token)
{
    return token == KW_NODE || (r->bracket_count == 0 && is_declaration(token));
}

int reader_lex(void *value, struct span *span, struct reader *r)
{
    (void)value;
    if (r->token != GRAMMAR_EMPTY && !r->made_up)
        r->previous = r->token_span;
    r->token_before = r->previous_token;
    r->previous_token = r->token;
    r->previous_closed = r->token == '}' ? r->closed : NO_BRACE;
    r->made_up = false;
    int token = r->held ? 0 : next_token(r);
    if (r->held)
        token = held_token(r);
    if (token == KW_NODE || is_declaration(token))
        r->unopened = 0;
    if (is_beginning(r, token))
        r->b->anchor = r->span.start;
    if (r->bracket_count == 0 && is_declaration(token)) {
        r->declaration = token;
        r->declared_at = r->span.start;
    }
    r->token = token;
    r->token_span = r->span;
    r->token_starts_line = r->starts_line;
    *span = r->span;
    return token;
}

/* Mistakes. */

static void remember(struct reader *r)
{
    r->b->lost = r->token_span.start + 1;
}

/* Counts this recovery. Returns false if reading makes no progress. */
static bool may_recover(struct reader *r)
{
    if (++r->recoveries == READER_MAX_RECOVERIES)
        reader_limit(r, "too many mistakes: the rest of the file is not read",
                     "correct the other mistakes first");
    return r->recoveries < READER_MAX_RECOVERIES;
}

/* A surplus `}` in the middle of a line: it would close a list that began on an earlier line, and
 * an arrow follows it. */
static bool is_before_arrow(const struct reader *r, uint32_t open)
{
    const char *next = at(r, r->token_span.end);
    next += strspn(next, " \t");
    return open != NO_BRACE && r->token == '}' && r->closed == open && !r->token_starts_line &&
           next[0] == '-' && next[1] == '>' && !same_line(r, open, r->token_span.start);
}

enum reader_recovery reader_recover(struct reader *r, enum reader_list list, uint32_t open)
{
    if (!may_recover(r))
        return RECOVERY_GIVE_UP;
    bool again = r->recovered == r->token_span.start + 1;
    remember(r);
    r->recovered = r->token_span.start + 1;
    if (r->token == GRAMMAR_EOF)
        return again ? RECOVERY_GIVE_UP : RECOVERY_GO_ON;
    if (r->made_up)
        return r->token == '}' && r->closed == open ? RECOVERY_GO_ON : RECOVERY_DROP;
    if (r->token == '{' && r->previous_token == '{' && !r->token_starts_line) {
        r->bracket_count--; /* a second `{` */
        return RECOVERY_DROP;
    }
    if (list == LIST_OF_ACTIONS && r->token == ARROW && !again) {
        size_t level = r->bracket_count;
        while (level > 0 && r->brackets[level - 1].pos >= open)
            level--;
        hold(r, ARROW, level);
        r->arrow_in_braces = r->token_span.start + 1;
        return RECOVERY_DROP;
    }
    bool is_stray_brace = !again && is_before_arrow(r, open);
    if (!again && leaves_block(r, list, open, r->token)) {
        leave_block(r, r->token, open);
        return RECOVERY_DROP;
    }
    if (!again && !is_stray_brace && can_go_on(r, list, open, r->token, r->token_starts_line))
        return RECOVERY_GO_ON;
    if (is_stray_brace)
        reopen(r);
    r->skipping = true;
    r->skip_list = list;
    r->skip_to = open;
    r->skip_from = r->token_span.start;
    return RECOVERY_DROP;
}

/* Whether the last token is a surplus word before a `{`: `node a b {`. */
static bool is_surplus_word(const struct reader *r)
{
    uint32_t len = r->token_span.end - r->token_span.start;
    const char *word = at(r, r->token_span.start);
    bool is_double = r->previous.end - r->previous.start == len &&
                     memcmp(at(r, r->previous.start), word, len) == 0;
    const char *next = word + len;
    return (r->token == NAME || is_double) && is_word_letter(*word) && !r->token_starts_line &&
           next[strspn(next, " \t")] == '{';
}

enum reader_recovery reader_lost_brace(struct reader *r, struct span *span)
{
    if (!may_recover(r))
        return RECOVERY_GIVE_UP;
    remember(r);
    if (is_surplus_word(r) && reader_scan(r) == '{') {
        *span = r->span;
        return RECOVERY_DROP;
    }
    *span = (struct span){ r->token_span.start, r->token_span.start };
    if (r->bracket_count < READER_MAX_DEPTH)
        r->brackets[r->bracket_count++] = (struct bracket){ '{', r->token_span.start };
    return r->token == GRAMMAR_error ? RECOVERY_DROP : RECOVERY_GO_ON;
}

/* Whether braces are open inside a declaration, or inside a node of a flow; with or_at, its own
 * braces are enough. Sets *last to the innermost `{`. */
static bool is_inside(const struct reader *r, bool or_at, uint32_t *last)
{
    size_t outer = r->declaration == KW_FLOW ? 2 : 1;
    size_t braces = 0;
    for (size_t i = 0; i < r->bracket_count; i++) {
        if (r->brackets[i].kind != '{')
            continue;
        braces++;
        *last = r->brackets[i].pos;
    }
    return or_at ? braces >= outer : braces > outer;
}

/* A node, or a surplus `}`, while no flow is open. If the last flow has a reported mistake, a `}`
 * may have ended that flow too early. */
static bool is_after_damage(const struct reader *r)
{
    return r->bracket_count == 0 && r->b->said > r->declared_at + 1 &&
           (r->token == '}' || r->token == KW_NODE || r->token == KW_VAR);
}

/* Whether the last token is inside braces of a node that hold a reported mistake, or directly
 * after such braces. Cases and branches are independent of each other. */
static bool is_in_damage(const struct reader *r)
{
    uint32_t last = NO_BRACE;
    bool is_behind = r->previous_closed != NO_BRACE && r->b->said > r->previous_closed + 1;
    if (is_behind && (is_inside(r, true, &last) || r->token == ARROW))
        return true;
    return is_inside(r, false, &last) && r->b->said > last + 1 && !line_begins(r, last, "switch") &&
           !line_begins(r, last, "parallel");
}

bool reader_is_known(struct reader *r)
{
    bool known = r->made_up || r->ended_early || r->mistake == r->token_span.start + 1 ||
                 is_in_damage(r) || is_after_damage(r);
    if (!known)
        r->mistake = r->token_span.start + 1;
    return known;
}

/* Whether the last token is on the last line of the part from start to end, or further right than
 * the first line of that part. */
static bool is_still_in(const struct reader *r, uint32_t start, uint32_t end)
{
    uint32_t pos = r->token_span.start;
    return same_line(r, end, pos) || indentation(r, pos) > indentation(r, start);
}

void reader_lost_end(struct reader *r, struct node *node)
{
    if (!node || r->made_up || r->token == GRAMMAR_EOF || r->token == '}' ||
        !is_still_in(r, node->span.start, node->span.end))
        return;
    node->kind = NODE_BAD;
    node->span.end = r->token_span.start;
}

static bool is_part_of(int token, enum decl_kind kind)
{
    if (kind == DECL_FLOW)
        return words_has_role(token, WORDS_MEMBER);
    return kind == DECL_TEST && words_has_role(token, WORDS_STEP);
}

void reader_lost_end_of_decl(struct reader *r, struct decl *decl)
{
    if (decl && !r->made_up && decl->span.start >= r->declared_at &&
        is_part_of(r->token, decl->kind))
        decl->span.end = r->token_span.start;
}

void reader_mistake(struct reader *r, enum diag_code code, const char *message, const char *help)
{
    uint32_t len = r->span.end - r->span.start;
    char *text = arena_copy(r->b->arena, at(r, r->span.start), len > 60 ? 60 : len);
    const char *mark = strstr(message, "%.*s");
    struct diag *diag = mark ? diag_add(r->b->diags, code, r->span, "%.*s%s%s",
                                        (int)(mark - message), message, text, mark + 4)
                             : diag_add(r->b->diags, code, r->span, "%s", message);
    if (help)
        diag_help(r->b->diags, diag, "%s", help);
    r->mistake = r->span.start + 1;
}

int reader_misspelt(struct reader *r, const char *wanted, int token)
{
    ast_wrong_sign(r->b, r->span, wanted, NULL);
    r->mistake = r->span.start + 1;
    return token;
}

void reader_open_hole(struct reader *r, const struct open_text *text)
{
    struct span place = { text->hole, text->hole + 1 };
    struct diag *diag = diag_add(r->b->diags, E0103, place, "this `{` in a text is not closed");
    diag_help(r->b->diags, diag,
              "write `}` after the expression, or `\\{` for a brace that is part of the text");
}

static void report_open_text(struct reader *r, const struct open_text *text)
{
    struct span place = { text->pos, text->pos + (text->block ? 3 : 1) };
    struct diag *diag = diag_add(r->b->diags, E0103, place, "this text is not closed");
    diag_help(r->b->diags, diag,
              text->block ? "write `\"\"\"` at its end"
                          : "write `\"` at its end; a text over several lines is written "
                            "\"\"\"…\"\"\"");
}

/* If texts are open inside holes of texts, the author forgot to close the outermost hole of the
 * line: the quotes after it only seem to open texts. */
void reader_unclosed(struct reader *r)
{
    struct open_text text = r->texts[--r->text_count];
    while (r->text_count > 0 && !r->texts[r->text_count - 1].block)
        text = r->texts[--r->text_count];
    bool in_hole = text.in_hole;
    if (in_hole)
        r->bracket_count = text.brackets;
    if (in_hole && r->mistake <= text.hole + 1)
        reader_open_hole(r, &text);
    else if (!in_hole)
        report_open_text(r, &text);
    r->mistake = r->span.start + 1;
}

void reader_limit(struct reader *r, const char *message, const char *help)
{
    struct diag *diag = diag_add(r->b->diags, E0202, r->span, "%s", message);
    diag_help(r->b->diags, diag, "%s", help);
    r->b->lost = UINT32_MAX;
    r->ended = true;
    r->ended_early = true;
    r->bracket_count = 0;
    r->text_count = 0;
}
