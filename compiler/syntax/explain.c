#include "syntax/explain.h"

#include "base/nearest.h"
#include "program/builtin.h"
#include "syntax/diag.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const diag_titles[] = {
#define DIAG(code, severity, title, explanation) title,
#include "syntax/diagnostics.def"
#undef DIAG
};

static void builtin_signature(const struct builtin_row *row, struct bytes *out)
{
    bytes_printf(out, "%s(", row->name);
    for (unsigned i = 0; i < 3 && i < row->most && *row->takes[i]; i++) {
        const char *optional = i >= row->least ? "?" : "";
        bytes_add_text(out, i ? ", " : "");
        builtin_takes(row->takes[i], out);
        bytes_add_text(out, optional);
    }
    bytes_add_text(out, row->most == BUILTIN_MANY ? ", …) -> " : ") -> ");
    builtin_result(row->result, out);
}

/* Appends a call with too few arguments, or with a value that the first argument does not allow. */
static void wrong_call(const struct builtin_row *row, struct bytes *out)
{
    if (row->least == 0)
        bytes_printf(out, "%s(1)", row->name);
    else if (!strpbrk(row->takes[0], "a"))
        bytes_printf(out, "%s(%s)", row->name, strchr(row->takes[0], 'l') ? "true" : "[]");
    else
        bytes_printf(out, "%s()", row->name);
}

static void print_builtin(const struct builtin_row *row, struct bytes *out)
{
    builtin_signature(row, out);
    bytes_printf(out, "\n\nGives %s.\n\nwrong:\n    x = ", row->doc);
    wrong_call(row, out);
    bytes_printf(out, "\n\nright:\n    say \"{%s}\"\n    # says %s\n", row->example, row->shows);
}

bool explain_print(const char *name, struct bytes *out)
{
    enum builtin builtin = builtin_find(name);
    if (builtin != BUILTINS) {
        print_builtin(&builtin_rows[builtin], out);
        return true;
    }
    for (unsigned i = 0; i < DIAG_CODES; i++) {
        const char *code = diag_code_name((enum diag_code)i);
        if (strcasecmp(code, name) != 0)
            continue;
        bytes_printf(out, "%s: %s\n\n%s\n", code, diag_titles[i], diag_explain(code));
        return true;
    }
    return false;
}

void explain_list(struct bytes *out)
{
    bytes_add_text(out, "Messages:\n");
    for (unsigned i = 0; i < DIAG_CODES; i++)
        bytes_printf(out, "  %s  %s\n", diag_code_name((enum diag_code)i), diag_titles[i]);
    bytes_add_text(out, "\nBuilt-in functions:\n");
    for (unsigned i = 0; i < BUILTINS; i++) {
        bytes_add_text(out, "  ");
        builtin_signature(&builtin_rows[i], out);
        bytes_add_char(out, '\n');
    }
}

const char *explain_nearest(const char *name)
{
    const char *names[DIAG_CODES + BUILTINS + 1];
    size_t len = 0;
    for (unsigned i = 0; i < DIAG_CODES; i++)
        names[len++] = diag_code_name((enum diag_code)i);
    for (unsigned i = 0; i < BUILTINS; i++)
        names[len++] = builtin_rows[i].name;
    names[len] = NULL;
    return nearest_word(name, names);
}
