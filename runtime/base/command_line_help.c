#include "base/command_line.h"

#include <string.h>

#define COLUMNS 79
#define HELP_COLUMN 22

static void add_blanks(struct bytes *out, size_t n)
{
    while (n-- > 0)
        bytes_add_char(out, ' ');
}

/* The words of text, wrapped; the line is at the column of the indent. */
static void add_wrapped(struct bytes *out, const char *text, size_t indent)
{
    size_t column = indent;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (column > indent && column + 1 + len > COLUMNS) {
            bytes_add_char(out, '\n');
            add_blanks(out, indent);
            column = indent;
        } else if (column > indent) {
            bytes_add_char(out, ' ');
            column++;
        }
        bytes_add(out, text, len);
        column += len;
        text += len + (text[len] == ' ');
    }
    bytes_add_char(out, '\n');
}

/* A term and its explanation, which begins on the next line if the term is too long. */
static void add_term(struct bytes *out, const struct bytes *term, const char *help)
{
    bool is_long = term->len + 1 > HELP_COLUMN;
    bytes_add(out, term->data, term->len);
    if (is_long)
        bytes_add_char(out, '\n');
    add_blanks(out, is_long ? HELP_COLUMN : HELP_COLUMN - term->len);
    add_wrapped(out, help, HELP_COLUMN);
}

static void print_option(const struct option_row *row, struct bytes *out)
{
    struct bytes term = { 0 };
    bytes_printf(&term, "  %s%s", row->name[1] ? "--" : "-", row->name);
    if (row->argument)
        bytes_printf(&term, "%s%s", *row->argument == '[' ? "" : " ", row->argument);
    add_term(out, &term, row->help);
    bytes_release(&term);
}

static void print_command(const struct command_table *t, size_t command, struct bytes *out)
{
    struct bytes term = { 0 };
    bytes_printf(&term, "  %s %s %s", t->program, t->commands[command].name,
                 t->commands[command].arguments);
    add_term(out, &term, t->commands[command].summary);
    bytes_release(&term);
}

static bool is_first_to_have(size_t command, const struct option_row *row)
{
    return row->commands & 1u << command && !(row->commands & ((1u << command) - 1));
}

/* The options that no command before this one has, below a title. */
static void print_group(const struct command_table *t, size_t command, struct bytes *out)
{
    bool has_title = false;
    for (size_t i = 0; i < t->option_count; i++) {
        if (!is_first_to_have(command, &t->options[i]))
            continue;
        if (!has_title && command > 0)
            bytes_printf(out, "\n%s:\n", t->commands[command].name);
        has_title = true;
        print_option(&t->options[i], out);
    }
    if (command == 0)
        bytes_add_text(out, "  --help, --version\n");
}

static void print_program(const struct command_table *t, struct bytes *out)
{
    bytes_printf(out, "usage: %s [COMMAND] [OPTION ...] FILE ...\n\n", t->program);
    for (size_t c = 0; c < t->command_count; c++)
        print_command(t, c, out);
    bytes_printf(out,
                 "\nWithout COMMAND, `%s` is meant. `%s COMMAND --help` shows its options.\n%s\n",
                 t->commands[0].name, t->program, t->introduction);
    for (size_t c = 0; c < t->command_count; c++)
        print_group(t, c, out);
    bytes_printf(out, "\n%s", t->ending);
}

/* Of a command: those that are its own, or those that it shares with commands before it. */
static void print_options(const struct command_table *t, size_t command, bool own,
                          struct bytes *out)
{
    for (size_t i = 0; i < t->option_count; i++) {
        const struct option_row *row = &t->options[i];
        if (row->commands & 1u << command && is_first_to_have(command, row) == own)
            print_option(row, out);
    }
}

void command_line_print_help(const struct command_table *t, const struct command_line *line,
                             struct bytes *out)
{
    const struct command_row *command = &t->commands[line->command];
    if (!line->names_command) {
        print_program(t, out);
        return;
    }
    bytes_printf(out, "usage: %s %s [OPTION ...] %s\n\nThis %s.\n\n", t->program, command->name,
                 command->arguments, command->summary);
    print_options(t, line->command, true, out);
    print_options(t, line->command, false, out);
    bytes_printf(out, "  --help\n\n`%s --help` shows all commands.\n", t->program);
}
