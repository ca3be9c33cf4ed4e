/* The inputs of a flow that has one of every type: what begins with a brace is a line of JSON, all
 * else is lines NAME=value. What is taken fits its type; what is not, has a reason. */
#include "base/mem.h"
#include "compiler/compile.h"
#include "emit/emit.h"
#include "engine/inputs.h"
#include "formats/json.h"
#include "model/model.h"
#include "tests/fuzz/fuzz.h"
#include "vm/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one input may hold in memory. */
#define MOST_BYTES (1u << 20)
#define MOST_BYTES_EACH 1024u

static const char source[] =
    "type item { sku: text, qty: int, price: number?, more: [item]? }\n"
    "flow f(t: text, i: int = 1, n: number = 1.5, b: bool = true, a: any = null, l: [int] = [],\n"
    "       o: { x: int, y: [text] }? = null, items: [item] = [], maybe: int? = null) {\n"
    "    node only { say \"{t}{i}{n}{b}{a}{l}{o}{items}{maybe}\" -> end }\n"
    "}\n";

static struct image *image; /* of the source; NULL until the first input */

static void write_source(char *path)
{
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, source, sizeof source - 1) != (ssize_t)(sizeof source - 1))
        fuzz_fail("cannot write", path);
    close(fd);
}

static void make_image(void)
{
    char path[] = "/tmp/flow-fuzz-XXXXXX";
    struct sources sources = { 0 };
    struct diags diags = { 0 };
    struct model model;
    const char *reason = NULL;
    write_source(path);
    if (!compile_model(&model, &sources, &diags, path, &reason) || diags.errors > 0)
        fuzz_fail("cannot compile", reason);
    image = emit(&model);
    model_release(&model);
    diags_release(&diags);
    sources_release(&sources);
    unlink(path);
}

static void free_image(void)
{
    image_free(image);
}

static void check_values(const struct value *values)
{
    const struct image_function *f = &image->functions[image->main];
    for (uint32_t i = 0; i < f->input_count; i++) {
        const struct image_input *input = &image->inputs[f->first_input + i];
        bool missing = vm_is_missing(values[i]);
        if (missing ? !input->has_default : !image_type_check(image, input->type, values[i], NULL))
            fuzz_fail("an input that does not fit its type", image_text(image, input->name));
    }
}

/* Takes the values. */
static void check(struct value *values, struct bytes *problems)
{
    if (values && problems->len > 0)
        fuzz_fail("taken with a reason not to", bytes_text(problems));
    if (!values && (problems->len == 0 || problems->data[problems->len - 1] != '\n'))
        fuzz_fail("refused without a reason", bytes_text(problems));
    if (values)
        check_values(values);
    inputs_free(image, image->main, values);
}

static void take_object(const char *p, size_t len, struct bytes *problems)
{
    struct value v;
    struct json_error error;
    if (json_read(p, len, &v, &error))
        check(inputs_of_object(image, image->main, v, problems), problems);
    value_unref(v);
}

/* text is a line each of NAME=value; it is cut up. */
static void take_pairs(char *text, struct bytes *problems)
{
    struct setting_pairs pairs = { 0 };
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *sign = strchr(line, '=');
        if (!sign)
            continue;
        *sign = '\0';
        pairs.items = mem_resize(pairs.items, pairs.len + 1, sizeof *pairs.items);
        pairs.items[pairs.len++] = (struct setting_pair){ .name = line, .value = sign + 1 };
    }
    check(inputs_of_pairs(image, image->main, &pairs, problems), problems);
    mem_free(pairs.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes problems = { 0 };
    if (!image) {
        make_image();
        atexit(free_image);
    }
    if (size == 0)
        return 0;
    fuzz_begin(MOST_BYTES + size * MOST_BYTES_EACH);
    if (data[0] == '{') {
        take_object((const char *)data, size, &problems);
    } else {
        char *text = mem_copy_text((const char *)data, size);
        take_pairs(text, &problems);
        mem_free(text);
    }
    bytes_release(&problems);
    fuzz_end();
    return 0;
}
