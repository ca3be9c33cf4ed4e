/* The proof that an image can be run. After it holds, the machine relies on: every index is in its
 * table; every instruction is whole and known; jumps land on instructions of the same function,
 * backward only by `jump`; every way ends in an instruction that does not fall through; slots that
 * operands reach are written before they are read; a secret reaches only where a secret may go;
 * every call of an API has an arm for 200 (or 2xx or other) and for each of the four defaults. What
 * is not proved, and so checked by the machine, are the types of values. */
#include "program/verify.h"

#include "base/mem.h"
#include "program/builtin.h"
#include "program/opcode.h"

#include <stdarg.h>
#include <string.h>

bool verify_fail(struct verifier *v, uint32_t pc, const char *format, ...)
{
    if (v->problem.len)
        return false;
    va_list args;
    va_start(args, format);
    bytes_vprintf(&v->problem, format, args);
    va_end(args);
    if (pc != IMAGE_NONE)
        bytes_printf(&v->problem, " (instruction %u)", (unsigned)pc);
    return false;
}

bool verify_is_text(const struct image *image, uint32_t constant)
{
    return constant < image->constant_count && image->constants[constant].tag == VALUE_TEXT;
}

static bool verify_types(struct verifier *v)
{
    for (uint32_t i = 0; i < v->image->type_count; i++) {
        const struct image_type *t = &v->image->types[i];
        if (t->kind != IMAGE_TYPE_OBJECT && t->member_count > 0)
            return verify_fail(v, IMAGE_NONE, "type %u has members and is not an object",
                               (unsigned)i);
    }
    return true;
}

static bool is_function(const struct image *image, uint32_t index, enum image_function_kind kind)
{
    return index < image->function_count && image->functions[index].kind == kind;
}

static bool verify_configs(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->config_count; i++) {
        uint32_t function = image->configs[i].function;
        if (function != IMAGE_NONE && !is_function(image, function, IMAGE_SETUP_CONFIG))
            return verify_fail(v, IMAGE_NONE, "the default of config %u is not one", (unsigned)i);
    }
    return true;
}

static bool verify_endpoints(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->endpoint_count; i++) {
        if (!is_function(image, image->endpoints[i].function, IMAGE_SETUP_ENDPOINT))
            return verify_fail(v, IMAGE_NONE, "the set-up of endpoint %u is not one", (unsigned)i);
    }
    return true;
}

static bool owns_its_nodes(const struct image *image, uint32_t function)
{
    const struct image_function *f = &image->functions[function];
    for (uint32_t i = 0; i < f->node_count; i++) {
        if (image->nodes[f->first_node + i].function != function)
            return false;
    }
    return true;
}

static bool verify_functions(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->function_count; i++) {
        const struct image_function *f = &image->functions[i];
        bool is_flow = f->kind == IMAGE_FLOW;
        if (f->first_temp < f->input_count || f->input_count > f->slot_count ||
            is_flow != (f->node_count > 0) || (!is_flow && f->input_count > 0) ||
            !owns_its_nodes(image, i))
            return verify_fail(v, IMAGE_NONE, "function %u is malformed", (unsigned)i);
    }
    if (image->main != IMAGE_NONE && !is_function(image, image->main, IMAGE_FLOW))
        return verify_fail(v, IMAGE_NONE, "the first flow is not a flow");
    return true;
}

static bool verify_detail(const struct image *image, const struct image_site *s)
{
    switch ((enum image_site_kind)s->kind) {
    case IMAGE_SITE_API:
        return s->detail < image->call_count;
    case IMAGE_SITE_ASK:
        return s->detail < image->ask_count;
    case IMAGE_SITE_CALL:
        return is_function(image, s->detail, IMAGE_FLOW);
    case IMAGE_SITE_EACH:
        return is_function(image, s->detail, IMAGE_FLOW) && s->concurrency > 0;
    case IMAGE_SITE_PARALLEL:
        return s->detail > 0 && s->detail <= IMAGE_MAX_BRANCHES;
    case IMAGE_SITE_KINDS:
        break;
    }
    return false;
}

static bool has_arms(const struct image *image, const struct image_site *s)
{
    static const enum outcome api[] = { OUTCOME_OTHER, OUTCOME_ERROR, OUTCOME_TIMEOUT,
                                        OUTCOME_MAX_CONNECTION };
    if (s->kind == IMAGE_SITE_API) {
        for (size_t i = 0; i < sizeof api / sizeof *api; i++) {
            if (!image_find_arm(image, s, label_of_outcome(api[i])))
                return false;
        }
        return true;
    }
    if (!image_find_arm(image, s, label_of_outcome(OUTCOME_OK)))
        return false;
    if (s->kind != IMAGE_SITE_ASK)
        return image_find_arm(image, s, label_of_outcome(OUTCOME_FAIL)) != NULL;
    const struct image_ask *ask = &image->asks[s->detail];
    return (ask->timeout_ms == IMAGE_NONE ||
            image_find_arm(image, s, label_of_outcome(OUTCOME_TIMEOUT))) &&
           (ask->type == IMAGE_TYPE_TEXT ||
            image_find_arm(image, s, label_of_outcome(OUTCOME_INVALID)));
}

static bool verify_site(struct verifier *v, uint32_t i)
{
    const struct image *image = v->image;
    const struct image_site *s = &image->sites[i];
    const struct image_arm *arms = image->arms + s->first_arm;
    if ((i > 0 && s->node <= s[-1].node) || !verify_detail(image, s))
        return verify_fail(v, IMAGE_NONE, "site %u is malformed", (unsigned)i);
    for (uint32_t a = 1; a < s->arm_count; a++) {
        if (arms[a].label <= arms[a - 1].label)
            return verify_fail(v, IMAGE_NONE, "the arms of site %u are out of order", (unsigned)i);
    }
    return has_arms(image, s) ||
           verify_fail(v, IMAGE_NONE, "an outcome of site %u has no arm", (unsigned)i);
}

static bool verify_sites(struct verifier *v)
{
    for (uint32_t i = 0; i < v->image->site_count; i++) {
        if (!verify_site(v, i))
            return false;
    }
    return true;
}

static bool verify_calls(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->call_count; i++) {
        if (image->calls[i].backoff_from_ms > image->calls[i].backoff_to_ms)
            return verify_fail(v, IMAGE_NONE, "the backoff of call %u shrinks", (unsigned)i);
    }
    for (uint32_t i = 0; i < image->ask_count; i++) {
        uint8_t type = image->asks[i].type;
        if (type < IMAGE_TYPE_BOOL || type > IMAGE_TYPE_TEXT)
            return verify_fail(v, IMAGE_NONE, "an answer of ask %u cannot be read", (unsigned)i);
    }
    return true;
}

/* Another version of flowrun may have functions that this one has not, or take other arguments. */
static bool verify_builtins(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->builtin_count; i++) {
        const char *name = image_text(image, image->builtins[i].name);
        uint16_t function = image->builtins[i].function;
        if (function < BUILTINS && strcmp(name, builtin_rows[function].name) == 0)
            continue;
        return verify_fail(v, IMAGE_NONE,
                           "compiled by flowc %s, it calls the function `%s`, which is not known "
                           "here: it needs a newer flowrun",
                           image->compiler, name);
    }
    return true;
}

static bool verify_lines(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 1; i < image->line_count; i++) {
        if (image->lines[i].pc < image->lines[i - 1].pc)
            return verify_fail(v, IMAGE_NONE, "line %u is out of order", (unsigned)i);
    }
    return true;
}

static bool verify_variables(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->variable_count; i++) {
        const struct image_variable *var = &image->variables[i];
        if (!is_function(image, var->function, IMAGE_FLOW) ||
            var->slot >= image->functions[var->function].slot_count)
            return verify_fail(v, IMAGE_NONE, "variable %u has no slot", (unsigned)i);
    }
    return true;
}

/* Whoever counts them puts marks into a copy of the code, where instructions begin. After
 * verify_all_code, which finds these. */
static bool verify_ways(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->way_count; i++) {
        const struct image_way *w = &image->ways[i];
        const struct image_function *f = &image->functions[image->nodes[w->node].function];
        if (!v->starts[w->pc] || w->pc < f->code || w->pc - f->code >= f->code_count ||
            (i > 0 && w->node < w[-1].node))
            return verify_fail(v, IMAGE_NONE, "way %u is malformed", (unsigned)i);
    }
    return true;
}

static bool is_constant(const struct image *image, uint32_t index)
{
    return index == IMAGE_NONE || index < image->constant_count;
}

static bool is_start(const struct image *image, const struct image_step *s)
{
    const uint32_t *refs = image->refs + s->first_ref;
    if (s->ref_count == 0 || !is_function(image, refs[0], IMAGE_FLOW))
        return false;
    const struct image_function *f = &image->functions[refs[0]];
    if (s->ref_count != f->input_count + 1)
        return false;
    for (uint32_t i = 0; i < f->input_count; i++) {
        bool may_miss = image->inputs[f->first_input + i].has_default;
        if (!is_constant(image, refs[i + 1]) || (refs[i + 1] == IMAGE_NONE && !may_miss))
            return false;
    }
    return true;
}

static bool has_nodes(const struct image *image, const struct image_step *s)
{
    bool needs_one = s->kind == IMAGE_STEP_REPLY || s->kind == IMAGE_STEP_ANSWER ||
                     s->kind == IMAGE_STEP_REQUEST;
    for (uint32_t i = 0; i < s->ref_count; i++) {
        if (image->refs[s->first_ref + i] >= image->node_count)
            return false;
    }
    return !needs_one || s->ref_count == 1;
}

static bool step_fits(const struct image *image, const struct image_step *s)
{
    bool is_text =
        s->kind == IMAGE_STEP_SAY || (s->kind == IMAGE_STEP_ANSWER && s->value != IMAGE_NONE);
    bool is_object = s->kind == IMAGE_STEP_REQUEST;
    if (is_object &&
        (s->value >= image->constant_count || image->constants[s->value].tag != VALUE_OBJECT))
        return false;
    if (is_text && !verify_is_text(image, s->value))
        return false;
    return s->kind == IMAGE_STEP_START ? is_start(image, s) : has_nodes(image, s);
}

static bool verify_tests(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->step_count; i++) {
        if (!step_fits(image, &image->steps[i]))
            return verify_fail(v, IMAGE_NONE, "step %u of the tests is malformed", (unsigned)i);
    }
    return true;
}

/* The limit of steps for each word; images from flowc take two or three. */
#define STEPS_EACH 32
#define STEPS 1000000

_Static_assert(IMAGE_MAX_INPUTS <= VERIFY_INPUT_WORDS * 64, "a bit for each input");

static void note_defaults(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->function_count; i++) {
        const struct image_function *f = &image->functions[i];
        uint64_t *words = v->defaults + (size_t)i * VERIFY_INPUT_WORDS;
        for (uint32_t k = 0; k < f->input_count; k++) {
            uint64_t has_default = image->inputs[f->first_input + k].has_default;
            words[k / 64] |= has_default << k % 64;
        }
    }
}

static bool verify_all_code(struct verifier *v)
{
    note_defaults(v);
    for (uint32_t i = 0; i < v->image->function_count; i++) {
        if (!verify_operands(v, i))
            return false;
    }
    for (uint32_t i = 0; i < v->image->function_count; i++) {
        if (!verify_code(v, i))
            return false;
    }
    return true;
}

char *verify_image(const struct image *image)
{
    struct verifier v = { .image = image };
    v.starts = mem_alloc_zeroed(image->code_count, 1);
    v.awaited = mem_alloc_zeroed(image->site_count, 1);
    v.defaults = mem_alloc_zeroed(image->function_count, VERIFY_INPUT_WORDS * sizeof(uint64_t));
    v.steps = STEPS + (int64_t)image->code_count * STEPS_EACH;
    bool good = (image_is_version(image->compiler) ||
                 verify_fail(&v, IMAGE_NONE, "the version of its compiler is malformed")) &&
                verify_tables(&v) && verify_types(&v) && verify_functions(&v) &&
                verify_configs(&v) && verify_endpoints(&v) && verify_calls(&v) &&
                verify_builtins(&v) && verify_sites(&v) && verify_lines(&v) &&
                verify_variables(&v) && verify_tests(&v) && verify_all_code(&v) && verify_ways(&v);
    mem_free(v.starts);
    mem_free(v.awaited);
    mem_free(v.defaults);
    return good ? NULL : bytes_take(&v.problem);
}
