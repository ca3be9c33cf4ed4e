/* Types of the built-in functions, from the letters of builtins.def. */
#include "check/check.h"

#include "base/mem.h"

#include <string.h>

/* Does a type fit what the letters of a row allow? */
static bool takes(const char *letters, const struct type *t)
{
    if (type_is_open(t))
        return true;
    if (type_may_be_null(t) && !strchr(letters, 'z'))
        return false;
    if (t->kind == TYPE_NULL || strchr(letters, 'a'))
        return true;
    switch (t->kind) {
    case TYPE_TEXT:
        return strchr(letters, 't') != NULL;
    case TYPE_INT:
    case TYPE_DURATION:
        return strchr(letters, 'i') || strchr(letters, 'n');
    case TYPE_NUMBER:
        return strchr(letters, 'n') != NULL;
    case TYPE_BOOL:
        return strchr(letters, 'b') != NULL;
    case TYPE_LIST:
        return strchr(letters, 'l') != NULL;
    case TYPE_OBJECT:
        return strchr(letters, 'o') != NULL;
    case TYPE_UNKNOWN:
    case TYPE_NULL:
    case TYPE_ANY:
        break;
    }
    return false;
}

/* "a text or a list" */
static void print_letters(struct bytes *b, const char *letters)
{
    static const struct {
        char letter;
        const char *text;
    } rows[] = { { 't', "a text" }, { 'i', "an int" },    { 'n', "a number" }, { 'b', "a bool" },
                 { 'l', "a list" }, { 'o', "an object" }, { 'a', "a value" },  { 'z', "null" } };
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!strchr(letters, rows[i].letter))
            continue;
        bytes_printf(b, "%s%s", count++ ? " or " : "", rows[i].text);
    }
}

static void say_wrong_argument(struct checker *c, const struct builtin_row *row,
                               const struct expr *item, const char *letters)
{
    struct bytes wanted = { 0 };
    print_letters(&wanted, letters);
    const char *source = check_source(c, item->span);
    struct diag *diag = diag_add(c->d, E0703, item->span, "`%s` takes %s here, not `%s`", row->name,
                                 bytes_text(&wanted), check_type_text(c, item->type));
    if (item->type->optional && takes(letters, type_without_null(c->arena, item->type)))
        diag_help(c->d, diag, "it may be null: write `%s ?? …` to give a value for that case",
                  source);
    else
        diag_help(c->d, diag, "`%s` gives %s: \"{%s}\" is \"%s\"", row->name, row->doc,
                  row->example, row->shows);
    bytes_release(&wanted);
}

static void say_wrong_count(struct checker *c, const struct expr *e, const struct builtin_row *row,
                            size_t count)
{
    const char *wanted =
        row->least == row->most
            ? arena_printf(c->arena, "%u argument%s", row->least, row->least == 1 ? "" : "s")
        : row->most == BUILTIN_MANY
            ? "at least one argument"
            : arena_printf(c->arena, "%u or %u arguments", row->least, row->most);
    struct diag *diag =
        diag_add(c->d, E0703, e->span, "`%s` takes %s, not %zu", row->name, wanted, count);
    diag_help(c->d, diag, "`%s` gives %s: %s", row->name, row->doc, row->example);
}

/* The result of min and max: the type of the items of the one list, or the join of all
 * arguments. */
static const struct type *numeric_result(struct checker *c, const struct expr *e)
{
    const struct type *t = type_basic(TYPE_UNKNOWN);
    bool of_list = e->items->type->kind == TYPE_LIST;
    for (const struct expr *item = e->items; item; item = item->next)
        t = type_join(c->arena, t, item->type->kind == TYPE_LIST ? item->type->item : item->type);
    if (!type_is_numeric(t))
        return type_basic(TYPE_ANY);
    return of_list ? type_optional(c->arena, t) : t;
}

static const struct type *result_of_letter(struct checker *c, const struct expr *e, char letter)
{
    const struct type *first = e->items ? e->items->type : type_basic(TYPE_UNKNOWN);
    switch (letter) {
    case 't':
        return type_basic(TYPE_TEXT);
    case 'i':
        return type_basic(TYPE_INT);
    case 'n':
        return type_basic(TYPE_NUMBER);
    case 'b':
        return type_basic(TYPE_BOOL);
    case 'l':
        return type_basic(TYPE_LIST);
    case 'o':
        return type_basic(TYPE_OBJECT);
    case 'N':
        return numeric_result(c, e);
    case 'T':
        return type_list(c->arena, type_basic(TYPE_TEXT));
    case 'I':
        return type_list(c->arena, type_basic(TYPE_INT));
    case '*':
        return first->kind == TYPE_LIST ? first->item : type_basic(TYPE_ANY);
    case '1':
        return type_without_null(c->arena, first);
    default:
        return type_basic(TYPE_ANY);
    }
}

/* The type of an operand is unknown, because of a reported mistake. */
static bool is_sum_unknown(const struct type *list)
{
    return !list || list->kind == TYPE_UNKNOWN ||
           (list->kind == TYPE_LIST && list->item->kind == TYPE_UNKNOWN);
}

static const struct type *result_of(struct checker *c, const struct expr *e, uint32_t builtin)
{
    const char *letters = builtin_rows[builtin].result;
    const struct type *first = e->items ? e->items->type : NULL;
    const struct type *t = result_of_letter(c, e, letters[0]);
    if (builtin == BUILTIN_SUM && is_sum_unknown(first))
        t = type_basic(TYPE_UNKNOWN);
    else if (builtin == BUILTIN_SUM && first->kind == TYPE_LIST && type_is_numeric(first->item))
        t = type_without_null(c->arena, first->item);
    if (builtin == BUILTIN_ROUND && e->items && !e->items->next)
        t = type_basic(TYPE_INT);
    return letters[0] && letters[1] == '?' ? type_optional(c->arena, t) : t;
}

/* A signature does not reveal its key, so hmac_sha256 accepts a secret. */
static bool result_is_secret(const struct expr *e, uint32_t builtin)
{
    if (builtin == BUILTIN_HMAC_SHA256)
        return false;
    for (const struct expr *item = e->items; item; item = item->next) {
        if (item->type->secret)
            return true;
    }
    return false;
}

const struct type *check_builtin(struct checker *c, struct expr *e)
{
    size_t count = 0;
    bool fine = e->binding != NULL;
    for (struct expr *item = e->items; item; item = item->next, count++)
        check_expr(c, item);
    if (!e->binding)
        return type_basic(TYPE_UNKNOWN);
    const struct builtin_row *row = &builtin_rows[e->binding->builtin];
    if (count < row->least || (row->most != BUILTIN_MANY && count > row->most)) {
        say_wrong_count(c, e, row, count);
        fine = false;
    }
    size_t i = 0;
    for (struct expr *item = e->items; item && fine; item = item->next, i++) {
        const char *letters = row->takes[row->most == BUILTIN_MANY || i > 2 ? 0 : i];
        fine = takes(letters, item->type);
        if (!fine)
            say_wrong_argument(c, row, item, letters);
    }
    if (fine && e->binding->builtin == BUILTIN_MATCHES && e->items->next->kind == EXPR_TEXT)
        check_pattern(c, e->items->next, row->name);
    const struct type *t = fine ? result_of(c, e, e->binding->builtin) : type_basic(TYPE_UNKNOWN);
    return type_with_secret(c->arena, t, result_is_secret(e, e->binding->builtin));
}
