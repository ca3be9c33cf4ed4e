#include "emit/emit.h"

#include "base/mem.h"
#include "emit/emit_expr.h"
#include "emit/emit_node.h"
#include "model/fold.h"
#include "model/resolve.h"
#include "syntax/names.h"

#include "config.h"

#define XXH_INLINE_ALL
#include <assert.h>
#include <string.h>
#include <xxhash.h>

_Static_assert(sizeof PACKAGE_VERSION <= IMAGE_COMPILER, "the version fits into an image");

static void add_type_of_configs(struct emitter *e, uint32_t first_function)
{
    uint32_t function = first_function;
    for (size_t i = 0; i < e->model->config_count; i++) {
        const struct config_model *c = e->model->configs[i];
        uint32_t name = emit_word(e, c->decl->name.text);
        uint32_t type = emit_type(e, c->type);
        uint32_t row = emit_row(e, ARRAY_CONFIGS);
        e->image->configs[row] = (struct image_config){
            .name = name,
            .type = type,
            .function = c->decl->value ? function++ : IMAGE_NONE,
        };
    }
}

static void add_endpoints(struct emitter *e, uint32_t first_function)
{
    for (size_t i = 0; i < e->model->endpoint_count; i++) {
        const struct endpoint_model *m = e->model->endpoints[i];
        uint32_t name = emit_word(e, m->decl->name.text);
        uint32_t row = emit_row(e, ARRAY_ENDPOINTS);
        e->image->endpoints[row] = (struct image_endpoint){
            .name = name,
            .function = first_function + (uint32_t)i,
            .connections = m->connections,
            .wait_ms = m->wait_ms,
            .redirects = m->redirects,
            .max_response = m->max_response,
            .separator = (uint8_t)m->limits.separator,
        };
    }
    for (size_t i = 0; i < e->model->secret_count; i++) {
        uint32_t name = emit_word(e, e->model->secrets[i]->decl->name.text);
        uint32_t row = emit_row(e, ARRAY_SECRETS);
        e->image->secrets[row] = name;
    }
}

static void begin_function(struct emitter *e, enum image_function_kind kind, const char *name)
{
    uint32_t text = emit_word(e, name);
    uint32_t row = emit_row(e, ARRAY_FUNCTIONS);
    e->image->functions[row] = (struct image_function){
        .kind = (uint8_t)kind,
        .name = text,
        .code = e->image->code_count,
        .first_input = e->image->input_count,
        .first_node = e->image->node_count,
        .result = IMAGE_NONE,
    };
    e->function_start = row;
    e->flow = NULL;
    e->first_temp = 0;
    e->next_temp = 0;
    e->slot_count = 0;
}

static void finish_function(struct emitter *e, struct span place)
{
    emit_resolve_labels(e);
    struct image_function *f = &e->image->functions[e->function_start];
    f->code_count = e->image->code_count - f->code;
    f->slot_count = e->slot_count;
    f->first_temp = e->first_temp;
    if (!e->too_large)
        return;
    e->too_large = false;
    struct diag *d = diag_add(e->model->diags, E0202, place, "`%s` is too large to be compiled",
                              image_text(e->image, f->name));
    diag_help(e->model->diags, d,
              "split it into several flows, or split long expressions into steps");
}

/* Inputs, variables and the counters of arrows, in this order, in near slots as far as they go. */
static uint32_t slot_for(uint32_t index)
{
    return index < EMIT_NEAR_VARIABLES ? index : IMAGE_NEAR_SLOTS + index - EMIT_NEAR_VARIABLES;
}

static uint32_t count_bound(const struct arrow *arrow)
{
    return arrow && arrow->bound ? 1 : 0;
}

static uint32_t count_counters(const struct flow_model *flow)
{
    uint32_t count = 0;
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct node *n = flow->nodes[i]->ast;
        count += count_bound(n->arrow);
        for (const struct arm *a = n->arms; a; a = a->next)
            count += count_bound(&a->arrow);
        for (const struct condition *c = n->verb->conditions; c; c = c->next)
            count += count_bound(&c->arrow);
        for (const struct switch_case *c = n->verb->cases; c; c = c->next)
            count += count_bound(&c->arrow);
    }
    return count;
}

static void lay_out(struct emitter *e, const struct flow_model *flow)
{
    uint32_t counters = count_counters(flow);
    uint32_t total = (uint32_t)flow->variable_count + counters;
    for (uint32_t i = 0; i < flow->variable_count; i++)
        flow->variables[i]->slot = slot_for(i);
    e->next_variable = (uint32_t)flow->variable_count;
    e->first_temp = total < EMIT_NEAR_VARIABLES ? total : EMIT_NEAR_VARIABLES;
    e->next_temp = e->first_temp;
    e->slot_count = total ? slot_for(total - 1) + 1 : 0;
    if (flow->input_count > IMAGE_MAX_INPUTS || e->slot_count > IMAGE_MAX_SLOTS)
        e->too_large = true;
    for (uint32_t i = 0; i < counters; i++) {
        uint32_t slot = slot_for((uint32_t)flow->variable_count + i);
        uint32_t near = slot < IMAGE_NEAR_SLOTS ? slot : e->first_temp;
        if (near >= e->slot_count)
            e->slot_count = near + 1;
        emit_code(e, word_ax(OPCODE_LOADINT, near, 0));
        if (slot != near)
            emit_store(e, slot, near);
    }
}

static void add_variables(struct emitter *e, const struct flow_model *flow)
{
    for (size_t i = 0; i < flow->variable_count; i++) {
        uint32_t name = emit_word(e, flow->variables[i]->name);
        uint32_t row = emit_row(e, ARRAY_VARIABLES);
        e->image->variables[row] = (struct image_variable){ .function = e->function_start,
                                                            .slot = flow->variables[i]->slot,
                                                            .name = name };
    }
}

static void add_inputs(struct emitter *e, const struct flow_model *flow)
{
    const struct param *p = flow->decl->params;
    for (uint32_t i = 0; i < flow->input_count; i++, p = p->next) {
        const struct variable *v = flow->variables[i];
        uint32_t name = emit_word(e, v->name);
        uint32_t type = emit_type(e, v->type);
        uint32_t row = emit_row(e, ARRAY_INPUTS);
        e->image->inputs[row] =
            (struct image_input){ .name = name, .type = type, .has_default = p->value != NULL };
    }
}

static void add_nodes(struct emitter *e, const struct flow_model *flow)
{
    e->flow_node = e->image->node_count;
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct word *name = &flow->nodes[i]->ast->name;
        struct place place = sources_line(e->model->sources, name->span.start);
        uint32_t text = emit_word(e, name->text);
        uint32_t file = emit_file(e, place.source);
        uint32_t row = emit_row(e, ARRAY_NODES);
        e->image->nodes[row] = (struct image_node){
            .name = text, .function = e->function_start, .line = place.line, .file = file
        };
    }
}

/* Defaults of inputs that were not given, then `var`s: what runs before the first node. */
static void prologue(struct emitter *e, const struct flow_model *flow)
{
    uint32_t i = 0;
    for (const struct param *p = flow->decl->params; p; p = p->next, i++) {
        if (!p->value)
            continue;
        uint32_t given = emit_label(e);
        uint32_t mark = e->next_temp;
        emit_jump_if(e, OPCODE_JGIVEN, i, 0, 0, given);
        emit_value_to(e, p->value, i);
        emit_check(e, i, p->value->type, flow->variables[i]->type);
        emit_place(e, given);
        e->next_temp = mark;
    }
    for (const struct var *v = flow->decl->vars; v; v = v->next, i++) {
        emit_line(e, v->span);
        emit_assign(e, flow->variables[i], v->value);
    }
}

static void emit_flow(struct emitter *e, struct flow_model *flow)
{
    begin_function(e, IMAGE_FLOW, flow->decl->name.text);
    e->flow = flow;
    add_inputs(e, flow);
    add_nodes(e, flow);
    struct image_function *f = &e->image->functions[e->function_start];
    f->input_count = (uint32_t)flow->input_count;
    f->node_count = (uint32_t)flow->node_count;
    if (flow->result) {
        uint32_t result = emit_type(e, flow->result);
        e->image->functions[e->function_start].result = result;
    }
    emit_line(e, flow->decl->name.span);
    lay_out(e, flow);
    add_variables(e, flow);
    e->first_label = e->label_len;
    for (size_t i = 0; i < flow->node_count; i++)
        emit_label(e);
    prologue(e, flow);
    for (size_t i = 0; i < flow->node_count; i++)
        emit_node(e, flow->nodes[i]);
    finish_function(e, flow->decl->name.span);
}

static void emit_tls(struct emitter *e, const struct setting *s)
{
    static const char *const names[] = { "ca", "cert", "key", "verify" };
    for (const struct pair *pair = s->pairs; pair; pair = pair->next) {
        for (uint32_t i = 0; i < 4; i++) {
            if (strcmp(pair->key.text, names[i]) == 0)
                emit_abc(e, OPCODE_TLS, emit_value(e, pair->value), i, 0);
        }
        if (strcmp(pair->key.text, "passphrase") == 0)
            emit_abc(e, OPCODE_PASSPHRASE, emit_value(e, pair->value), 0, 0);
    }
}

static void emit_endpoint_setting(struct emitter *e, const struct setting *s)
{
    if (s->kind == SETTING_URL) {
        emit_abc(e, OPCODE_URL, emit_value(e, s->first), 0, 0);
    } else if (s->kind == SETTING_AUTH_BEARER) {
        emit_abc(e, OPCODE_BEARER, emit_value(e, s->first), 0, 0);
    } else if (s->kind == SETTING_AUTH_BASIC) {
        uint32_t user = emit_value(e, s->first);
        emit_abc(e, OPCODE_BASIC, user, emit_value(e, s->second), 0);
    } else if (s->kind == SETTING_HEADER) {
        emit_pairs(e, OPCODE_HEADER, s->pairs);
    } else if (s->kind == SETTING_QUERY) {
        emit_pairs(e, OPCODE_QUERY, s->pairs);
    } else if (s->kind == SETTING_TLS) {
        emit_tls(e, s);
    }
}

static void emit_endpoint(struct emitter *e, const struct endpoint_model *m)
{
    begin_function(e, IMAGE_SETUP_ENDPOINT, m->decl->name.text);
    for (const struct setting *s = m->decl->settings; s; s = s->next) {
        e->next_temp = 0;
        emit_line(e, s->span);
        emit_endpoint_setting(e, s);
    }
    emit_abc(e, OPCODE_DONE, 0, 0, 0);
    finish_function(e, m->decl->name.span);
}

static void emit_config(struct emitter *e, const struct config_model *c)
{
    begin_function(e, IMAGE_SETUP_CONFIG, c->decl->name.text);
    emit_abc(e, OPCODE_RETURN, emit_value(e, c->decl->value), 0, 0);
    finish_function(e, c->decl->name.span);
}

static uint32_t known_value(struct emitter *e, const struct expr *x)
{
    struct folded folded = fold_expr(x);
    uint32_t row = emit_composite(e, folded.value);
    value_unref(folded.value);
    return row;
}

static void add_ref(struct emitter *e, uint32_t ref)
{
    uint32_t row = emit_row(e, ARRAY_REFS);
    e->image->refs[row] = ref;
}

static void start_refs(struct emitter *e, const struct step *step)
{
    const struct flow_model *flow = step->flow;
    add_ref(e, flow->index);
    for (uint32_t i = 0; i < flow->input_count; i++) {
        const struct arg *arg = emit_find_arg(step->args, flow->variables[i]->name);
        uint32_t value = arg ? known_value(e, arg->value) : IMAGE_NONE;
        add_ref(e, value);
    }
}

static void node_refs(struct emitter *e, const struct step *step)
{
    for (const struct node_ref *ref = step->nodes; ref; ref = ref->next)
        add_ref(e, e->image->functions[ref->found->flow->index].first_node + ref->found->index);
}

static void emit_step(struct emitter *e, const struct step *step)
{
    struct image_step row = { .kind = (uint8_t)step->kind, .value = IMAGE_NONE };
    row.line = sources_line(e->model->sources, step->span.start).line;
    row.label = label_of_outcome(step->timed_out ? OUTCOME_TIMEOUT : OUTCOME_OK);
    if (step->label)
        outcome_label_read(step->label->word.text, &row.label);
    if (step->value)
        row.value = known_value(e, step->value);
    row.first_ref = e->image->ref_count;
    if (step->kind == IMAGE_STEP_START)
        start_refs(e, step);
    else
        node_refs(e, step);
    row.ref_count = e->image->ref_count - row.first_ref;
    uint32_t at = emit_row(e, ARRAY_STEPS);
    e->image->steps[at] = row;
}

static void emit_test(struct emitter *e, const struct decl *test)
{
    struct place place = sources_line(e->model->sources, test->name.span.start);
    struct image_test row = { .line = place.line, .first_step = e->image->step_count };
    row.name = emit_word(e, test->name.text);
    row.file = emit_file(e, place.source);
    for (const struct step *s = test->steps; s; s = s->next)
        emit_step(e, s);
    row.step_count = e->image->step_count - row.first_step;
    uint32_t at = emit_row(e, ARRAY_TESTS);
    e->image->tests[at] = row;
}

/* The name by which the compiled file knows each flow; NULL: it knows it by none. Heap. */
static const char **known_names(const struct model *m)
{
    const struct scope *scope = m->files[0]->scope;
    const char **names = mem_alloc_zeroed(m->flow_count + 1, sizeof *names);
    for (size_t i = 0; i < scope->count; i++) {
        const struct entry *entry = scope->entries[i];
        if (entry->origin->kind == DECL_FLOW)
            names[entry->origin->flow->index] = entry->name;
    }
    return names;
}

static void emit_aliases(struct emitter *e)
{
    const char **names = known_names(e->model);
    for (size_t i = 0; i < e->model->flow_count; i++) {
        const struct flow_model *flow = e->model->flows[i];
        if (names[flow->index] == flow->decl->name.text)
            continue;
        uint32_t name = names[flow->index] ? emit_word(e, names[flow->index]) : IMAGE_NONE;
        uint32_t row = emit_row(e, ARRAY_ALIASES);
        e->image->aliases[row] = (struct image_alias){ .function = flow->index, .name = name };
    }
    mem_free(names);
}

static void hash_sources(struct emitter *e)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        mem_exhausted();
    XXH3_128bits_reset(state);
    for (size_t i = 0; i < e->model->file_count; i++) {
        const struct source *source = e->model->files[i]->source;
        uint8_t len[8];
        for (size_t k = 0; k < sizeof len; k++)
            len[k] = (uint8_t)((uint64_t)source->len >> (8 * k));
        XXH3_128bits_update(state, len, sizeof len);
        XXH3_128bits_update(state, source->data, source->len);
    }
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    memcpy(e->image->source_hash, canonical.digest, IMAGE_HASH);
    XXH3_freeState(state);
}

/* The compiled file's folder, with its slash: what is cut from the front of paths. */
static char *root_of(const struct model *model)
{
    const char *path = model->files[0]->source->path;
    const char *slash = strrchr(path, '/');
    return mem_copy_text(path, slash ? (size_t)(slash - path) + 1 : 0);
}

static void emit_all(struct emitter *e)
{
    const struct model *m = e->model;
    uint32_t flows = (uint32_t)m->flow_count;
    add_endpoints(e, flows);
    add_type_of_configs(e, flows + (uint32_t)m->endpoint_count);
    for (size_t i = 0; i < m->flow_count; i++)
        emit_flow(e, m->flows[i]);
    for (size_t i = 0; i < m->endpoint_count; i++)
        emit_endpoint(e, m->endpoints[i]);
    for (size_t i = 0; i < m->config_count; i++) {
        if (m->configs[i]->decl->value)
            emit_config(e, m->configs[i]);
    }
    if (m->is_stripped)
        return;
    emit_aliases(e);
    for (size_t i = 0; i < m->test_count; i++)
        emit_test(e, m->tests[i]);
}

struct image *emit(struct model *model)
{
    struct emitter e = { .model = model };
    char *root = root_of(model);
    size_t errors = model->diags->errors;
    e.image = mem_alloc_zeroed(1, sizeof *e.image);
    e.root = root;
    memcpy(e.image->compiler, PACKAGE_VERSION, sizeof PACKAGE_VERSION);
    e.image->main = model->main ? model->main->index : IMAGE_NONE;
    hash_sources(&e);
    emit_all(&e);
    emit_image_release(&e);
    mem_free(root);
    if (model->diags->errors == errors)
        return e.image;
    image_free(e.image);
    return NULL;
}
