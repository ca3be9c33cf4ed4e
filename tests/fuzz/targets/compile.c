/* Any bytes as a source, through the whole compiler. Nothing may crash, leak or
 * hang, the parser may not get stuck, and what compiles without a message is bytecode that the
 * verifier accepts. Besides libFuzzer's own changes the mutator changes whole words and whole
 * lines, as people do. What the examples import is FLOW_SOURCE/examples/lib. */
#include "base/mem.h"
#include "compiler/compile.h"
#include "emit/emit.h"
#include "model/model.h"
#include "program/disasm.h"
#include "program/image.h"
#include "syntax/diag.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PIECES 4096

/* What one input may hold in memory: so much, for the heaviest patterns (regex/pattern.h), and so
 * much for each of its bytes. */
#define MOST_BYTES (8u << 20)
#define MOST_BYTES_EACH 4096u

/* One in so many sizes has its messages printed in each form. */
#define PRINTED_ONCE_IN 32u

static char folder[40];
static char path[sizeof folder + 16];
static FILE *nowhere;

static void clean_up(void)
{
    char link[sizeof folder + 16];
    snprintf(link, sizeof link, "%s/lib", folder);
    unlink(link);
    unlink(path);
    rmdir(folder);
}

/* In memory where there is such a place. */
static void make_folder(void)
{
    strcpy(folder, "/dev/shm/flow-fuzz-XXXXXX");
    if (mkdtemp(folder))
        return;
    strcpy(folder, "/tmp/flow-fuzz-XXXXXX");
    if (!mkdtemp(folder))
        fuzz_fail("no folder for the source", folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    char link[sizeof folder + 16];
    char library[4096];
    const char *source = getenv("FLOW_SOURCE");
    make_folder();
    snprintf(path, sizeof path, "%s/t.flow", folder);
    snprintf(link, sizeof link, "%s/lib", folder);
    snprintf(library, sizeof library, "%s/examples/lib", source ? source : ".");
    if (symlink(library, link) != 0)
        fuzz_fail("no folder for what is imported", link);
    nowhere = fopen("/dev/null", "w");
    atexit(clean_up);
    return 0;
}

/* They are printed in one of the forms, and mostly not, so that the time goes to the compiler. */
static void check_messages(struct diags *diags, struct sources *sources, unsigned form)
{
    for (size_t i = 0; i < diags->len; i++) {
        if (strncmp(diags->items[i]->message, "too much is wrong", 17) == 0)
            fuzz_fail("the parser got stuck", diags->items[i]->message);
    }
    struct diag_style style = { .format = (enum diag_format)form, .colour = diags->len % 2 };
    if (form <= DIAG_SARIF)
        diags_print(diags, sources, style, nowhere);
}

static void check_image(const struct image *image)
{
    struct bytes data = { 0 };
    struct bytes text = { 0 };
    char *reason = NULL;
    image_write(image, &data);
    struct image *again = image_read(bytes_text(&data), data.len, &reason);
    if (!again)
        fuzz_fail("what was compiled cannot be read", reason);
    reason = verify_image(again);
    if (reason)
        fuzz_fail("what was compiled is refused", reason);
    disasm_print(again, &text);
    image_free(again);
    bytes_release(&text);
    bytes_release(&data);
}

static void write_source(const uint8_t *data, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        fuzz_fail("cannot write", path);
    close(file);
}

/* As one file, or as one that is read after another: its positions do not begin at 0 then. */
static void compile(unsigned form, bool is_first)
{
    struct sources sources = { 0 };
    struct diags diags = { 0 };
    struct model model = { 0 };
    const char *reason = NULL;
    if (!is_first)
        sources_add(&sources, "first.flow", "x", 1);
    if (!compile_model(&model, &sources, &diags, path, &reason))
        fuzz_fail("cannot read", reason);
    struct image *image = diags.errors == 0 ? emit(&model) : NULL;
    model_release(&model);
    check_messages(&diags, &sources, form);
    if (!image && diags.errors == 0)
        fuzz_fail("nothing is wrong and nothing was compiled", NULL);
    if (image && diags.errors == 0)
        check_image(image);
    image_free(image);
    diags_release(&diags);
    sources_release(&sources);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    write_source(data, size);
    fuzz_begin(MOST_BYTES + size * MOST_BYTES_EACH);
    compile((unsigned)size % PRINTED_ONCE_IN, size % 2 == 0);
    fuzz_end();
    return 0;
}

/* Words and lines. */

struct pieces {
    size_t starts[MAX_PIECES + 1];
    size_t count;
};

static int kind_of(uint8_t c)
{
    if (isalnum(c) || c == '_')
        return 1;
    return isspace(c) ? 2 : 0;
}

/* Words, runs of blanks and single signs; or lines. */
static void split(struct pieces *pieces, const uint8_t *data, size_t size, bool lines)
{
    pieces->count = 0;
    for (size_t i = 0; i < size && pieces->count < MAX_PIECES; i++) {
        bool same = i > 0 && (lines ? data[i - 1] != '\n'
                                    : kind_of(data[i]) && kind_of(data[i]) == kind_of(data[i - 1]));
        if (!same)
            pieces->starts[pieces->count++] = i;
    }
    pieces->starts[pieces->count] = size;
}

/* Replaces bytes [from, to) by those of [first, last), which stand in the old data. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, size_t from, size_t to,
                      size_t first, size_t last)
{
    size_t len = last - first;
    size_t result = size - (to - from) + len;
    if (result > max_size)
        return size;
    uint8_t *copy = mem_alloc(size + 1);
    memcpy(copy, data, size);
    memcpy(data + from, copy + first, len);
    memcpy(data + from + len, copy + to, size - to);
    mem_free(copy);
    return result;
}

static size_t change_pieces(uint8_t *data, size_t size, size_t max_size, unsigned *seed, bool lines)
{
    static struct pieces pieces;
    split(&pieces, data, size, lines);
    if (pieces.count < 2)
        return LLVMFuzzerMutate(data, size, max_size);
    size_t i = (size_t)rand_r(seed) % pieces.count;
    size_t j = (size_t)rand_r(seed) % pieces.count;
    size_t from = pieces.starts[i];
    size_t to = pieces.starts[i + 1];
    switch (rand_r(seed) % 4) {
    case 0: /* delete */
        return replace(data, size, max_size, from, to, 0, 0);
    case 1: /* double */
        return replace(data, size, max_size, from, from, from, to);
    case 2: /* insert another */
        return replace(data, size, max_size, from, from, pieces.starts[j], pieces.starts[j + 1]);
    default:
        return replace(data, size, max_size, from, to, pieces.starts[j], pieces.starts[j + 1]);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    unsigned choice = (unsigned)rand_r(&seed) % 8;
    if (choice < 2)
        return LLVMFuzzerMutate(data, size, max_size);
    for (int changes = 1 + rand_r(&seed) % 3; changes > 0; changes--)
        size = change_pieces(data, size, max_size, &seed, choice == 7);
    return size;
}
