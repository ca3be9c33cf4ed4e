/* The proof that an image can be run. After it holds, the machine relies on: every index is in its
 * table; every instruction is whole and known; jumps land on instructions of the same function,
 * backward only by `jump`; every way ends in an instruction that does not fall through; slots are
 * written before they are read; a secret reaches only where a secret may go; every call of an API
 * has an arm for 200 (or 2xx or other) and for each of the four defaults. What is not proved, and
 * so checked by the machine, are the types of values. */
#include "program/verify.h"

#include "base/mem.h"
#include "program/opcode.h"

#include <stdarg.h>

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

static bool range_fits(uint32_t first, uint32_t count, uint32_t total)
{
    return first <= total && count <= total - first;
}

static bool verify_types(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->member_count; i++) {
        if (!verify_is_text(image, image->members[i].name))
            return verify_fail(v, IMAGE_NONE, "member %u has no name", (unsigned)i);
    }
    for (uint32_t i = 0; i < image->type_count; i++) {
        const struct image_type *t = &image->types[i];
        if (t->kind >= IMAGE_TYPE_KINDS || (t->kind == IMAGE_TYPE_LIST && t->item >= image->type_count) ||
            !range_fits(t->first_member, t->member_count, image->member_count))
            return verify_fail(v, IMAGE_NONE, "type %u is malformed", (unsigned)i);
        for (uint32_t m = 0; m < t->member_count; m++) {
            if (image->members[t->first_member + m].type >= image->type_count)
                return verify_fail(v, IMAGE_NONE, "type %u is malformed", (unsigned)i);
        }
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
        const struct image_config *c = &image->configs[i];
        if (!verify_is_text(image, c->name) || c->type >= image->type_count ||
            (c->function != IMAGE_NONE && !is_function(image, c->function, IMAGE_SETUP_CONFIG)))
            return verify_fail(v, IMAGE_NONE, "configuration value %u is malformed", (unsigned)i);
    }
    for (uint32_t i = 0; i < image->secret_count; i++) {
        if (!verify_is_text(image, image->secrets[i]))
            return verify_fail(v, IMAGE_NONE, "secret %u has no name", (unsigned)i);
    }
    return true;
}

static bool verify_endpoints(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->endpoint_count; i++) {
        const struct image_endpoint *e = &image->endpoints[i];
        if (!verify_is_text(image, e->name) ||
            !is_function(image, e->function, IMAGE_SETUP_ENDPOINT) || e->connections == 0 ||
            (e->separator != '&' && e->separator != ';'))
            return verify_fail(v, IMAGE_NONE, "endpoint %u is malformed", (unsigned)i);
    }
    return true;
}

static bool verify_functions(struct verifier *v)
{
    const struct image *image = v->image;
    uint32_t pc = 0;
    uint32_t node = 0;
    for (uint32_t i = 0; i < image->function_count; i++) {
        const struct image_function *f = &image->functions[i];
        bool is_flow = f->kind == IMAGE_FLOW;
        if (f->kind > IMAGE_SETUP_CONFIG || !verify_is_text(image, f->name) || f->code != pc ||
            f->code_count == 0 || !range_fits(f->code, f->code_count, image->code_count) ||
            f->slot_count > IMAGE_MAX_SLOTS || f->first_temp < f->input_count || f->input_count > f->slot_count ||
            !range_fits(f->first_input, f->input_count, image->input_count) ||
            (f->result != IMAGE_NONE && f->result >= image->type_count) ||
            f->first_node != node || !range_fits(node, f->node_count, image->node_count) ||
            is_flow != (f->node_count > 0) || (!is_flow && f->input_count > 0))
            return verify_fail(v, IMAGE_NONE, "function %u is malformed", (unsigned)i);
        pc += f->code_count;
        node += f->node_count;
    }
    if (pc != image->code_count || node != image->node_count)
        return verify_fail(v, IMAGE_NONE, "code or nodes belong to no function");
    if (image->main != IMAGE_NONE && !is_function(image, image->main, IMAGE_FLOW))
        return verify_fail(v, IMAGE_NONE, "the first flow is none");
    return true;
}

static bool verify_nodes(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->input_count; i++) {
        if (!verify_is_text(image, image->inputs[i].name) ||
            image->inputs[i].type >= image->type_count)
            return verify_fail(v, IMAGE_NONE, "input %u is malformed", (unsigned)i);
    }
    for (uint32_t i = 0; i < image->node_count; i++) {
        const struct image_node *n = &image->nodes[i];
        if (!verify_is_text(image, n->name) || !verify_is_text(image, n->file) ||
            n->function >= image->function_count ||
            i - image->functions[n->function].first_node >=
                image->functions[n->function].node_count)
            return verify_fail(v, IMAGE_NONE, "node %u is malformed", (unsigned)i);
    }
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

static bool verify_sites(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->site_count; i++) {
        const struct image_site *s = &image->sites[i];
        if (s->kind >= IMAGE_SITE_KINDS || s->node >= image->node_count ||
            !range_fits(s->first_arm, s->arm_count, image->arm_count) ||
            !verify_detail(image, s))
            return verify_fail(v, IMAGE_NONE, "site %u is malformed", (unsigned)i);
        const struct image_arm *arms = image->arms + s->first_arm;
        for (uint32_t a = 0; a < s->arm_count; a++) {
            if (!label_is_known(arms[a].label) || (a && arms[a].label <= arms[a - 1].label))
                return verify_fail(v, IMAGE_NONE, "the arms of site %u are malformed",
                                   (unsigned)i);
        }
        if (!has_arms(image, s))
            return verify_fail(v, IMAGE_NONE, "an outcome of site %u has no arm", (unsigned)i);
    }
    return true;
}

static bool verify_calls(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->call_count; i++) {
        const struct image_call *c = &image->calls[i];
        if (c->endpoint >= image->endpoint_count || c->method >= HTTP_METHODS ||
            (c->separator != '&' && c->separator != ';') ||
            !range_fits(c->first_label, c->label_count, image->label_count))
            return verify_fail(v, IMAGE_NONE, "call %u is malformed", (unsigned)i);
    }
    for (uint32_t i = 0; i < image->label_count; i++) {
        if (!label_is_known(image->labels[i]))
            return verify_fail(v, IMAGE_NONE, "label %u is unknown", (unsigned)i);
    }
    for (uint32_t i = 0; i < image->ask_count; i++) {
        const struct image_ask *a = &image->asks[i];
        bool type_ok = a->type >= IMAGE_TYPE_BOOL && a->type <= IMAGE_TYPE_TEXT;
        if (!type_ok || (a->match != IMAGE_NONE && !verify_is_text(image, a->match)))
            return verify_fail(v, IMAGE_NONE, "question %u is malformed", (unsigned)i);
    }
    return true;
}

static bool verify_lines(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->line_count; i++) {
        const struct image_line *l = &image->lines[i];
        if (!verify_is_text(image, l->file) || (i && l->pc < image->lines[i - 1].pc))
            return verify_fail(v, IMAGE_NONE, "line %u is malformed", (unsigned)i);
    }
    return true;
}

static bool verify_variables(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->variable_count; i++) {
        const struct image_variable *var = &image->variables[i];
        if (!is_function(image, var->function, IMAGE_FLOW) ||
            var->slot >= image->functions[var->function].slot_count ||
            !verify_is_text(image, var->name))
            return verify_fail(v, IMAGE_NONE, "variable %u is malformed", (unsigned)i);
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
    bool is_text = s->kind == IMAGE_STEP_SAY ||
                   (s->kind == IMAGE_STEP_ANSWER && s->value != IMAGE_NONE);
    bool is_object = s->kind == IMAGE_STEP_REQUEST;
    if (is_object && (s->value >= image->constant_count ||
                      image->constants[s->value].tag != VALUE_OBJECT))
        return false;
    if (s->kind >= IMAGE_STEP_KINDS || !is_constant(image, s->value) ||
        !range_fits(s->first_ref, s->ref_count, image->ref_count) ||
        (is_text && !verify_is_text(image, s->value)) ||
        (s->kind == IMAGE_STEP_REPLY && !label_is_known(s->label)))
        return false;
    return s->kind == IMAGE_STEP_START ? is_start(image, s) : has_nodes(image, s);
}

static bool verify_tests(struct verifier *v)
{
    const struct image *image = v->image;
    for (uint32_t i = 0; i < image->test_count; i++) {
        const struct image_test *t = &image->tests[i];
        if (!verify_is_text(image, t->name) || !verify_is_text(image, t->file) ||
            !range_fits(t->first_step, t->step_count, image->step_count))
            return verify_fail(v, IMAGE_NONE, "test %u is malformed", (unsigned)i);
    }
    for (uint32_t i = 0; i < image->step_count; i++) {
        if (!step_fits(image, &image->steps[i]))
            return verify_fail(v, IMAGE_NONE, "step %u of the tests is malformed", (unsigned)i);
    }
    return true;
}

static bool verify_all_code(struct verifier *v)
{
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

char *image_verify(const struct image *image)
{
    struct verifier v = { .image = image };
    v.starts = mem_alloc_zeroed(image->code_count + 1u, 1);
    bool good = verify_types(&v) && verify_functions(&v) && verify_configs(&v) &&
                verify_endpoints(&v) && verify_nodes(&v) && verify_calls(&v) &&
                verify_sites(&v) && verify_lines(&v) && verify_variables(&v) &&
                verify_tests(&v) && verify_all_code(&v);
    mem_free(v.starts);
    return good ? NULL : bytes_take(&v.problem);
}
