#include "program/builtin.h"

#include <string.h>

const struct builtin_row builtin_rows[BUILTINS] = {
#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    { name, least, most, { first, second, third }, result, doc, example, shows },
#include "program/builtins.def"
#undef BUILTIN
};

enum builtin builtin_find(const char *name)
{
    for (unsigned i = 0; i < BUILTINS; i++) {
        if (strcmp(builtin_rows[i].name, name) == 0)
            return (enum builtin)i;
    }
    return BUILTINS;
}

static const char *letter_text(char letter)
{
    switch (letter) {
    case 't':
        return "text";
    case 'i':
        return "int";
    case 'n':
        return "number";
    case 'b':
        return "bool";
    case 'l':
        return "list";
    case 'o':
        return "object";
    case 'N':
        return "number (int of ints)";
    case 'T':
        return "[text]";
    case 'I':
        return "[int]";
    case '*':
        return "item";
    case '1':
        return "the same";
    default:
        return "any";
    }
}

void builtin_takes(const char *letters, struct bytes *b)
{
    for (const char *p = letters; *p; p++) {
        if (*p == 'z')
            bytes_add_char(b, '?');
        else
            bytes_printf(b, "%s%s", p > letters ? " or " : "", letter_text(*p));
    }
}

void builtin_result(const char *letter, struct bytes *b)
{
    bytes_printf(b, "%s%s", letter_text(letter[0]), letter[0] && letter[1] == '?' ? "?" : "");
}
