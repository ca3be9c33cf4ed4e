#include "cli/command_test.h"
#include "engine/start.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/replace_file.h"
#include "cli/command.h"
#include "cli/file_conflicts.h"
#include "cli/output.h"
#include "cli/test_generate.h"
#include "cli/test_report.h"
#include "engine/load.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct test_options {
    const char *file;
    char **names;
    int name_count;
    const char *junit;
    const char *coverage;
    long least; /* percent */
    bool generates;
};

enum { OPTION_JUNIT = 256, OPTION_COVERAGE, OPTION_LEAST, OPTION_GENERATE };

static const struct option rows[] = {
    { "junit", required_argument, NULL, OPTION_JUNIT },
    { "coverage", required_argument, NULL, OPTION_COVERAGE },
    { "min-coverage", required_argument, NULL, OPTION_LEAST },
    { "generate", no_argument, NULL, OPTION_GENERATE },
    { 0 },
};

static bool read_percent(const char *text, long *out)
{
    char *end;
    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= 0 && *out <= 100;
}

static bool take_option(struct test_options *o, int option, const char *word)
{
    switch (option) {
    case OPTION_JUNIT:
        o->junit = optarg;
        return true;
    case OPTION_COVERAGE:
        o->coverage = optarg;
        return true;
    case OPTION_LEAST:
        if (read_percent(optarg, &o->least))
            return true;
        output_complain("--min-coverage wants a number from 0 to 100, not `%s`", optarg);
        return false;
    case OPTION_GENERATE:
        o->generates = true;
        return true;
    case ':':
        output_complain("%s wants a value", word);
        return false;
    default:
        output_complain("there is no option `%s` of `flowrun test`: see flowrun --help", word);
        return false;
    }
}

static bool read_options(struct test_options *o, int count, char **words)
{
    opterr = 0;
    optind = 0;
    for (;;) {
        int option = getopt_long(count, words, ":", rows, NULL);
        if (option == -1)
            break;
        if (!take_option(o, option, optind > 0 && optind <= count ? words[optind - 1] : ""))
            return false;
    }
    if (optind == count) {
        output_complain("no FILE.flowb is given");
        return false;
    }
    o->file = words[optind];
    o->names = words + optind + 1;
    o->name_count = count - optind - 1;
    return true;
}

static bool is_wanted(const struct test_options *o, const char *name)
{
    for (int i = 0; i < o->name_count; i++) {
        if (strcmp(o->names[i], name) == 0)
            return true;
    }
    return o->name_count == 0;
}

/* Every name on the command line is one of a test. */
static bool names_are_known(const struct test_options *o, const struct image *image)
{
    const char **all = mem_alloc_zeroed(image->test_count + (size_t)1, sizeof *all);
    bool known = true;
    for (uint32_t i = 0; i < image->test_count; i++)
        all[i] = image_text(image, image->tests[i].name);
    for (int n = 0; n < o->name_count; n++) {
        bool found = false;
        for (uint32_t i = 0; i < image->test_count && !found; i++)
            found = strcmp(all[i], o->names[n]) == 0;
        if (found)
            continue;
        const char *near = nearest_word(o->names[n], all);
        output_complain("there is no test `%s`%s%s%s", o->names[n], near ? "; did you mean `" : "",
                        near ? near : "", near ? "`?" : "");
        known = false;
    }
    mem_free((void *)all);
    return known;
}

static bool write_file(const char *path, const struct bytes *b)
{
    const char *problem = replace_file(path, bytes_text(b), b->len, 0600);
    if (problem)
        output_complain("cannot write %s: %s", path, problem);
    return !problem;
}

static bool write_reports(const struct test_options *o, const struct image *image,
                          const struct test_entry *entries, uint32_t count,
                          const struct coverage *c)
{
    struct bytes b = { 0 };
    bool good = true;
    if (o->junit) {
        test_report_junit(image, entries, count, &b);
        good = write_file(o->junit, &b);
    }
    bytes_clear(&b);
    if (o->coverage && good) {
        test_report_coverage_json(c, &b);
        good = write_file(o->coverage, &b);
    }
    bytes_release(&b);
    return good;
}

static bool print(struct bytes *b)
{
    struct output out;
    output_init(&out, STDOUT_FILENO);
    /* Its own line end comes back; names of a stranger's program must not control a terminal. */
    bool good = b->len == 0 || output_message(&out, NULL, b->data, b->len - 1);
    if (!good)
        output_complain("stdout: %s", strerror(out.failure));
    bytes_clear(b);
    return good;
}

static bool covers_enough(const struct test_options *o, const struct coverage *c)
{
    uint32_t taken;
    uint32_t all;
    coverage_sum(c, &taken, &all);
    if ((uint64_t)taken * 100 >= (uint64_t)all * (uint64_t)o->least)
        return true;
    output_complain("the tests cover %u of %u nodes, arms and arrows, which is less than %ld %%",
                    (unsigned)taken, (unsigned)all, o->least);
    return false;
}

static int run_tests(const struct test_options *o, const struct program *program)
{
    const struct image *image = program->image;
    struct test_entry *entries = mem_alloc_zeroed(image->test_count + 1u, sizeof *entries);
    struct coverage coverage;
    struct bytes b = { 0 };
    uint32_t count = 0;
    bool passed = true;
    coverage_init(&coverage, image);
    for (uint32_t i = 0; i < image->test_count; i++) {
        if (is_wanted(o, image_text(image, image->tests[i].name)))
            entries[count++].test = i;
    }
    bytes_printf(&b, "TAP version 14\n1..%u\n", (unsigned)count);
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        test_run_run(program, entries[i].test, &coverage, &entries[i].result);
        test_report_tap(image, &entries[i], i + 1, &b);
        passed &= entries[i].result.passed;
        good = good && print(&b);
    }
    test_report_coverage(&coverage, &b);
    good = good && print(&b) && write_reports(o, image, entries, count, &coverage);
    passed = covers_enough(o, &coverage) && passed;
    for (uint32_t i = 0; i < count; i++)
        test_run_result_release(&entries[i].result);
    mem_free(entries);
    coverage_release(&coverage);
    bytes_release(&b);
    return !good ? STATUS_MISUSE : passed ? STATUS_ENDED : STATUS_FAILED;
}

/* Prints what is missing instead of running what is there. */
static int generate_tests(const struct program *program)
{
    const struct image *image = program->image;
    struct coverage coverage;
    struct bytes b = { 0 };
    coverage_init(&coverage, image);
    for (uint32_t i = 0; i < image->test_count; i++) {
        struct test_result result = { 0 };
        test_run_run(program, i, &coverage, &result);
        test_run_result_release(&result);
    }
    test_generate(program, &coverage, &b);
    bool good = print(&b);
    coverage_release(&coverage);
    bytes_release(&b);
    return good ? STATUS_ENDED : STATUS_MISUSE;
}

int command_test(int count, char **words)
{
    struct test_options o = { 0 };
    struct bytes problems = { 0 };
    struct program *program = NULL;
    int status = STATUS_MISUSE;
    if (!read_options(&o, count, words))
        return STATUS_MISUSE;
    const struct used_file files[] = {
        { "the program", o.file, false },
        { "--junit", o.junit, true },
        { "--coverage", o.coverage, true },
    };
    file_conflicts_find(files, sizeof files / sizeof *files, &problems);
    struct image *image = problems.len > 0 ? NULL : load_image(o.file, &problems);
    const struct start_options simulated = { .simulated = true };
    if (image && image->test_count == 0 && !o.generates)
        bytes_printf(&problems,
                     "%s holds no test: write `test \"…\" { … }` into the source, and "
                     "compile it without --strip\n",
                     o.file);
    else if (image && names_are_known(&o, image))
        program = start_program(image, &simulated, &problems);
    output_complain_lines(&problems);
    if (program)
        status = o.generates ? generate_tests(program) : run_tests(&o, program);
    start_free(program);
    image_free(image);
    bytes_release(&problems);
    return status;
}
