#include "cli/command.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/replace_file.h"
#include "cli/output.h"
#include "cli/test_generate.h"
#include "cli/test_report.h"
#include "engine/load.h"
#include "engine/start.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_wanted(const struct options *o, const char *name)
{
    for (int i = 1; i < o->word_count; i++) {
        if (strcmp(o->words[i], name) == 0)
            return true;
    }
    return o->word_count == 1;
}

/* Every name on the command line is one of a test. */
static bool names_are_known(const struct options *o, const struct image *image)
{
    const char **all = mem_alloc_zeroed(image->test_count + (size_t)1, sizeof *all);
    bool known = true;
    for (uint32_t i = 0; i < image->test_count; i++)
        all[i] = image_text(image, image->tests[i].name);
    for (int n = 1; n < o->word_count; n++) {
        bool found = false;
        for (uint32_t i = 0; i < image->test_count && !found; i++)
            found = strcmp(all[i], o->words[n]) == 0;
        if (found)
            continue;
        const char *near = nearest_word(o->words[n], all);
        output_complain("there is no test `%s`%s%s%s", o->words[n], near ? "; did you mean `" : "",
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

static bool write_reports(const struct options *o, const struct image *image,
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

static bool covers_enough(const struct options *o, const struct coverage *c)
{
    uint32_t taken;
    uint32_t all;
    coverage_sum(c, &taken, &all);
    if ((uint64_t)taken * 100 >= (uint64_t)all * o->min_coverage)
        return true;
    output_complain("the tests cover %u of %u nodes, arms and arrows, which is less than %u %%",
                    (unsigned)taken, (unsigned)all, (unsigned)o->min_coverage);
    return false;
}

static int run_tests(const struct options *o, const struct program *program)
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

int command_test(const struct options *o)
{
    struct bytes problems = { 0 };
    struct program *program = NULL;
    int status = STATUS_MISUSE;
    struct image *image = load_image(o->file, &problems);
    const struct start_options simulated = { .simulated = true };
    if (image && image->test_count == 0 && !o->generate)
        bytes_printf(&problems,
                     "%s has no tests: write `test \"…\" { … }` into the source, and compile it "
                     "without --strip\n",
                     o->file);
    else if (image && names_are_known(o, image))
        program = start_program(image, &simulated, &problems);
    output_complain_lines(&problems);
    if (program)
        status = o->generate ? generate_tests(program) : run_tests(o, program);
    start_free(program);
    image_free(image);
    bytes_release(&problems);
    return status;
}
