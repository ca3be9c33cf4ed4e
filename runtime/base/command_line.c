#include "base/command_line.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVERY_COMMAND UINT_MAX

static const char *hyphens(const char *name)
{
    return name[1] ? "--" : "-";
}

static bool takes_value(const struct option_row *row)
{
    return row->argument && *row->argument != '[';
}

static bool takes_two(const struct option_row *row)
{
    return row->argument && strchr(row->argument, ' ');
}

/* A word as an option: its name, and the value after it in the same word. */
struct option_word {
    const char *name;
    size_t len;
    const char *value; /* NULL: there is none in this word */
};

static struct option_word split(const char *word)
{
    if (word[1] != '-')
        return (struct option_word){ word + 1, 1, word[2] ? word + 2 : NULL };
    size_t len = strcspn(word + 2, "=");
    return (struct option_word){ word + 2, len, word[2 + len] ? word + 3 + len : NULL };
}

static bool is_help(const struct option_word *w, const char *word)
{
    return strcmp(word, "-h") == 0 || (w->len == 4 && strcmp(w->name, "help") == 0);
}

static bool is_version(const struct option_word *w)
{
    return w->len == 7 && strcmp(w->name, "version") == 0;
}

/* The row of this name among those of the commands; else the one that begins with it. */
static const struct option_row *find(const struct command_table *t, unsigned commands,
                                     const struct option_word *w)
{
    const struct option_row *begun = NULL;
    bool is_ambiguous = false;
    for (size_t i = 0; i < t->option_count; i++) {
        const struct option_row *row = &t->options[i];
        if (!(row->commands & commands) || strncmp(row->name, w->name, w->len) != 0)
            continue;
        if (row->name[w->len] == '\0')
            return row;
        is_ambiguous |= begun && strcmp(begun->name, row->name) != 0;
        begun = row;
    }
    return is_ambiguous || w->len < 2 ? NULL : begun;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1];
}

static bool ends_options(const char *word)
{
    return strcmp(word, "--") == 0;
}

/* How many words the option at words[i] takes, itself included. */
static int option_words(const struct command_table *t, const char *word)
{
    struct option_word w = split(word);
    const struct option_row *row = find(t, EVERY_COMMAND, &w);
    if (!row)
        return 1;
    return 1 + (takes_value(row) && !w.value) + takes_two(row);
}

/* The first word that is not an option. NULL: there is none, or `--` stands before it. */
static const char *first_word(const struct command_table *t, int count, char **words)
{
    for (int i = 1; i < count; i += is_option(words[i]) ? option_words(t, words[i]) : 1) {
        if (ends_options(words[i]))
            return NULL;
        if (!is_option(words[i]))
            return words[i];
    }
    return NULL;
}

static void add_suggestion(const char *hyphen, const char *near, struct bytes *problems)
{
    if (near)
        bytes_printf(problems, "; did you mean `%s%s`?", hyphen, near);
    bytes_add_char(problems, '\n');
}

/* A word that is neither a command nor a file may be a misspelled command. */
static void check_spelling(const struct command_table *t, const char *word, struct bytes *problems)
{
    const char **names = mem_alloc_zeroed(t->command_count + 1, sizeof *names);
    for (size_t i = 0; i < t->command_count; i++)
        names[i] = t->commands[i].name;
    const char *near = strpbrk(word, "./=") ? NULL : nearest_word(word, names);
    if (near && access(word, F_OK) != 0) {
        bytes_printf(problems, "there is no command `%s`", word);
        add_suggestion("", near, problems);
    }
    mem_free((void *)names);
}

static void find_command(const struct command_table *t, int count, char **words,
                         struct command_line *line, struct bytes *problems)
{
    const char *word = first_word(t, count, words);
    for (size_t i = 0; word && i < t->command_count; i++) {
        if (strcmp(word, t->commands[i].name) == 0) {
            line->command = i;
            line->names_command = true;
            return;
        }
    }
    if (word)
        check_spelling(t, word, problems);
}

/* Another command has this option. */
static void refuse_elsewhere(const struct command_table *t, const struct command_line *line,
                             const struct option_row *row, struct bytes *problems)
{
    const char *between = "";
    bytes_printf(problems, "%s%s is an option of ", hyphens(row->name), row->name);
    for (size_t c = 0; c < t->command_count; c++) {
        for (size_t i = 0; i < t->option_count; i++) {
            if (!(t->options[i].commands & 1u << c) || strcmp(t->options[i].name, row->name) != 0)
                continue;
            bytes_printf(problems, "%s`%s %s`", between, t->program, t->commands[c].name);
            between = ", ";
        }
    }
    bytes_printf(problems, ", not of `%s %s`\n", t->program, t->commands[line->command].name);
}

static void refuse_unknown(const struct command_table *t, const struct command_line *line,
                           const char *word, struct bytes *problems)
{
    const char **names = mem_alloc_zeroed(t->option_count + 3, sizeof *names);
    size_t len = 0;
    for (size_t i = 0; i < t->option_count; i++) {
        if (t->options[i].commands & 1u << line->command && t->options[i].name[1])
            names[len++] = t->options[i].name;
    }
    names[len++] = "help";
    names[len++] = "version";
    struct option_word w = split(word);
    char *name = mem_copy_text(w.name, w.len);
    bytes_printf(problems, "`%s %s` has no option `%s`", t->program,
                 t->commands[line->command].name, word);
    add_suggestion("--", word[1] == '-' ? nearest_word(name, names) : NULL, problems);
    mem_free(name);
    mem_free((void *)names);
}

/* Takes the value, and the second word, from the words after *i where they are not in words[*i]. */
static bool take_values(struct option_use *use, int count, char **words, int *i,
                        struct bytes *problems)
{
    if (takes_value(use->row) && !use->value) {
        if (*i + 1 >= count) {
            bytes_printf(problems, "%s needs a value\n", use->name);
            return false;
        }
        use->value = words[++*i];
    }
    if (!use->row->argument && use->value) {
        bytes_printf(problems, "%s takes no value\n", use->name);
        return false;
    }
    if (takes_two(use->row) && *i + 1 < count && words[*i + 1][0] != '-')
        use->second = words[++*i];
    return true;
}

static void read_option(const struct command_table *t, void *options, int count, char **words,
                        int *i, const struct command_line *line, struct bytes *problems)
{
    const char *word = words[*i];
    struct option_word w = split(word);
    const struct option_row *row = find(t, 1u << line->command, &w);
    const struct option_row *other = row ? NULL : find(t, EVERY_COMMAND, &w);
    if (row) {
        char name[64] = { 0 };
        assert(strlen(row->name) + 3 < sizeof name);
        strcat(strcat(name, hyphens(row->name)), row->name);
        struct option_use use = {
            row, options, (char *)options + row->offset, name, w.value, NULL
        };
        if (take_values(&use, count, words, i, problems))
            row->read(&use, problems);
    } else if (other) {
        refuse_elsewhere(t, line, other, problems);
        *i += option_words(t, word) - 1;
    } else {
        refuse_unknown(t, line, word, problems);
    }
}

bool command_line_read(const struct command_table *t, void *options, int count, char **words,
                       struct command_line *line, struct bytes *problems)
{
    bool has_ended = false;
    bool skips_command;
    *line = (struct command_line){ .words = words };
    find_command(t, count, words, line, problems);
    skips_command = line->names_command;
    for (int i = 1; i < count; i++) {
        struct option_word w = split(words[i]);
        if (has_ended || !is_option(words[i])) {
            if (!skips_command)
                words[line->word_count++] = words[i];
            skips_command = false;
        } else if (ends_options(words[i])) {
            has_ended = true;
        } else if (is_help(&w, words[i])) {
            line->wants_help = true;
        } else if (is_version(&w)) {
            line->wants_version = true;
        } else {
            read_option(t, options, count, words, &i, line, problems);
        }
    }
    return problems->len == 0 || line->wants_help || line->wants_version;
}

void command_line_flag(const struct option_use *use, struct bytes *problems)
{
    (void)problems;
    assert(use->row->size == sizeof(bool));
    *(bool *)use->field = true;
}

void command_line_text(const struct option_use *use, struct bytes *problems)
{
    (void)problems;
    assert(use->row->size == sizeof(const char *));
    *(const char **)use->field = use->value;
}

void command_line_count(const struct option_use *use, struct bytes *problems)
{
    const struct option_row *row = use->row;
    char *end;
    assert(row->size == sizeof(uint32_t));
    errno = 0;
    unsigned long n = strtoul(use->value, &end, 10);
    if (errno != 0 || *end || *use->value < '0' || *use->value > '9' || n < row->least ||
        n > row->most)
        bytes_printf(problems, "%s needs a number from %u to %u, not `%s`\n", use->name,
                     (unsigned)row->least, (unsigned)row->most, use->value);
    else
        *(uint32_t *)use->field = (uint32_t)n;
}

/* A unit and how many of the smallest unit it is; the last row has no unit. */
struct unit_row {
    const char *unit;
    uint64_t of;
};

static void read_amount(const struct option_use *use, const struct unit_row *units,
                        struct bytes *problems)
{
    char *end;
    assert(use->row->size == sizeof(uint64_t));
    errno = 0;
    unsigned long long n = strtoull(use->value, &end, 10);
    const struct unit_row *u = units;
    while (u->unit && strcmp(u->unit, end) != 0)
        u++;
    if (errno == 0 && *use->value >= '0' && *use->value <= '9' && u->unit && n > 0 &&
        !__builtin_mul_overflow(n, u->of, (uint64_t *)use->field))
        return;
    bytes_printf(problems, "%s needs a number above 0", use->name);
    for (u = units; u->unit && *u->unit; u++)
        bytes_printf(problems, "%s%s", u == units ? " with a unit of " : ", ", u->unit);
    bytes_printf(problems, ", not `%s`\n", use->value);
}

void command_line_amount(const struct option_use *use, struct bytes *problems)
{
    static const struct unit_row units[] = { { "", 1 }, { NULL, 0 } };
    read_amount(use, units, problems);
}

/* Units are those of the language: a KB is 1,024 bytes. */
void command_line_time(const struct option_use *use, struct bytes *problems)
{
    static const struct unit_row units[] = { { "ms", 1 },      { "s", 1000 },     { "m", 60000 },
                                             { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };
    read_amount(use, units, problems);
}

void command_line_size(const struct option_use *use, struct bytes *problems)
{
    static const struct unit_row units[] = {
        { "KB", 1u << 10 }, { "MB", 1u << 20 }, { "GB", 1u << 30 }, { NULL, 0 }
    };
    read_amount(use, units, problems);
}
