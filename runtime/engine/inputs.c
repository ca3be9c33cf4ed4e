#include "engine/inputs.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "vm/vm.h"

#include <string.h>

static const struct image_input *inputs_of(const struct image *image, uint32_t flow)
{
    return image->inputs + image->functions[flow].first_input;
}

static const char *flow_name(const struct image *image, uint32_t flow)
{
    return image_text(image, image->functions[flow].name);
}

static void suggest(const char *word, const char *const *names, struct bytes *problems)
{
    const char *near = nearest_word(word, names);
    if (near)
        bytes_printf(problems, "; did you mean `%s`?", near);
    bytes_add_char(problems, '\n');
}

uint32_t inputs_find_flow(const struct image *image, const char *name, struct bytes *problems)
{
    uint32_t flow = name ? image_find_flow(image, name) : image->main;
    if (flow != IMAGE_NONE)
        return flow;
    if (!name) {
        bytes_add_text(problems, "the file holds no flow that could be run\n");
        return IMAGE_NONE;
    }
    const char **names = mem_alloc_zeroed(image->function_count + 1, sizeof *names);
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->function_count; i++)
        if (image->functions[i].kind == IMAGE_FLOW)
            names[count++] = flow_name(image, i);
    bytes_printf(problems, "there is no flow `%s`", name);
    suggest(name, names, problems);
    mem_free(names);
    return IMAGE_NONE;
}

static uint32_t find(const struct image *image, uint32_t flow, const char *name)
{
    const struct image_input *inputs = inputs_of(image, flow);
    for (uint32_t i = 0; i < image->functions[flow].input_count; i++)
        if (strcmp(image_text(image, inputs[i].name), name) == 0)
            return i;
    return IMAGE_NONE;
}

static void say_unknown(const struct image *image, uint32_t flow, const char *name,
                        struct bytes *problems)
{
    uint32_t count = image->functions[flow].input_count;
    const char **names = mem_alloc_zeroed(count + 1u, sizeof *names);
    for (uint32_t i = 0; i < count; i++)
        names[i] = image_text(image, inputs_of(image, flow)[i].name);
    bytes_printf(problems, "flow `%s` has no input `%s`", flow_name(image, flow), name);
    suggest(name, names, problems);
    mem_free(names);
}

static void say_missing(const struct image *image, const struct image_input *input,
                        struct bytes *problems)
{
    const char *name = image_text(image, input->name);
    bytes_printf(problems, "input `%s` is missing: it is of type ", name);
    image_type_print(image, input->type, problems);
    bytes_add_char(problems, '\n');
}

static struct value *none_given(const struct image *image, uint32_t flow)
{
    uint32_t count = image->functions[flow].input_count;
    struct value *inputs = mem_alloc_zeroed(count, sizeof *inputs);
    for (uint32_t i = 0; i < count; i++)
        inputs[i] = vm_missing();
    return inputs;
}

void inputs_free(const struct image *image, uint32_t flow, struct value *inputs)
{
    for (uint32_t i = 0; inputs && i < image->functions[flow].input_count; i++)
        value_unref(inputs[i]);
    mem_free(inputs);
}

static bool is_named(const struct setting_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->len; i++)
        if (strcmp(pairs->items[i].name, name) == 0)
            return true;
    return false;
}

static void take_pair(const struct image *image, uint32_t flow, const struct setting_pair *pair,
                      struct value *inputs, struct bytes *problems)
{
    uint32_t i = find(image, flow, pair->name);
    if (i == IMAGE_NONE) {
        say_unknown(image, flow, pair->name, problems);
        return;
    }
    if (!vm_is_missing(inputs[i])) {
        bytes_printf(problems, "input `%s` is given twice\n", pair->name);
        return;
    }
    struct bytes why = { 0 };
    if (!program_read_value(image, inputs_of(image, flow)[i].type, pair->value, strlen(pair->value),
                            &inputs[i], &why))
        bytes_printf(problems, "input `%s`: %s\n", pair->name, bytes_text(&why));
    bytes_release(&why);
}

struct value *inputs_of_pairs(const struct image *image, uint32_t flow,
                              const struct setting_pairs *pairs, struct bytes *problems)
{
    size_t before = problems->len;
    const struct image_input *declared = inputs_of(image, flow);
    struct value *inputs = none_given(image, flow);
    for (size_t i = 0; i < pairs->len; i++)
        take_pair(image, flow, &pairs->items[i], inputs, problems);
    for (uint32_t i = 0; i < image->functions[flow].input_count; i++)
        if (!declared[i].has_default && !is_named(pairs, image_text(image, declared[i].name)))
            say_missing(image, &declared[i], problems);
    if (problems->len == before)
        return inputs;
    inputs_free(image, flow, inputs);
    return NULL;
}

static void take_member(const struct image *image, uint32_t flow, const struct member *member,
                        struct value *inputs, struct bytes *problems)
{
    const char *name = member->key->data;
    uint32_t i = strlen(name) == member->key->len ? find(image, flow, name) : IMAGE_NONE;
    if (i == IMAGE_NONE) {
        say_unknown(image, flow, name, problems);
        return;
    }
    struct bytes why = { 0 };
    struct value v = value_ref(member->value);
    if (image_type_fit(image, inputs_of(image, flow)[i].type, &v, &why)) {
        inputs[i] = v;
    } else {
        value_unref(v);
        bytes_printf(problems, "input `%s`: %s\n", name, bytes_text(&why));
    }
    bytes_release(&why);
}

struct value *inputs_of_object(const struct image *image, uint32_t flow, struct value object,
                               struct bytes *problems)
{
    size_t before = problems->len;
    const struct image_input *declared = inputs_of(image, flow);
    if (object.tag != VALUE_OBJECT) {
        bytes_printf(problems, "expected an object with the inputs, got %s\n",
                     value_type_name(object));
        return NULL;
    }
    struct value *inputs = none_given(image, flow);
    for (uint32_t i = 0; i < object.object->len; i++)
        take_member(image, flow, &object.object->members[i], inputs, problems);
    for (uint32_t i = 0; i < image->functions[flow].input_count; i++) {
        const char *name = image_text(image, declared[i].name);
        if (!declared[i].has_default && !value_object_find_bytes(object.object, name, strlen(name)))
            say_missing(image, &declared[i], problems);
    }
    if (problems->len == before)
        return inputs;
    inputs_free(image, flow, inputs);
    return NULL;
}
