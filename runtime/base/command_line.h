/* Reads the command line of either program by a table of its commands and options, and prints
 * --help from the same table. Knows no command and no option itself: base/options.def has them. */
#ifndef FLOW_BASE_COMMAND_LINE_H
#define FLOW_BASE_COMMAND_LINE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command_row {
    const char *name;
    const char *arguments;
    const char *summary;
};

/* One option as it was given. */
struct option_use {
    const struct option_row *row;
    void *options;      /* of the program */
    void *field;        /* in these */
    const char *name;   /* with its hyphens, for messages */
    const char *value;  /* NULL: it takes none, or it was left out */
    const char *second; /* of an option that takes two words; NULL: it is missing */
};

struct option_row {
    unsigned commands; /* a bit for each command that has the option: 1 << its row */
    const char *name;
    const char *argument;
    void (*read)(const struct option_use *use, struct bytes *problems);
    size_t offset; /* of the field, and its size */
    size_t size;
    uint32_t least; /* bounds of a count */
    uint32_t most;
    const char *help;
};

struct command_table {
    const char *program;
    const struct command_row *commands; /* the first is meant where none is named */
    size_t command_count;
    const struct option_row *options;
    size_t option_count;
    const char *introduction; /* follows the usage lines of --help */
    const char *ending;       /* the last lines of --help */
};

/* What was given besides options. */
struct command_line {
    size_t command; /* its row */
    bool names_command;
    bool wants_help;
    bool wants_version;
    char **words; /* after the command, without options */
    int word_count;
};

/* words are those of main(), the name of the program included; they are reordered. Options may be
 * anywhere before `--`, and may be shortened as long as only one option of the command fits. False:
 * what is wrong is in problems, a line each; --help and --version are not refused for that. */
bool command_line_read(const struct command_table *t, void *options, int count, char **words,
                       struct command_line *line, struct bytes *problems);

/* --help: of the command that the line names, else of the program. */
void command_line_print_help(const struct command_table *t, const struct command_line *line,
                             struct bytes *out);

/* Readers of arguments, for rows. The type of the field is behind each. */
void command_line_flag(const struct option_use *use, struct bytes *problems);   /* bool */
void command_line_text(const struct option_use *use, struct bytes *problems);   /* const char * */
void command_line_count(const struct option_use *use, struct bytes *problems);  /* uint32_t */
void command_line_amount(const struct option_use *use, struct bytes *problems); /* uint64_t > 0 */
void command_line_time(const struct option_use *use, struct bytes *problems);   /* uint64_t, ms */
void command_line_size(const struct option_use *use, struct bytes *problems); /* uint64_t, bytes */

#endif
