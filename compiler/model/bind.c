#include "model/bind.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <assert.h>
#include <string.h>

static const struct binding run_binding = { .kind = BIND_RUN };
static const struct binding item_binding = { .kind = BIND_ITEM };

#define ARM(value) [value] = { .kind = BIND_ARM, .arm_value = (value) }
static const struct binding arm_bindings[ARM_BRANCH] = {
    ARM(ARM_STATUS), ARM(ARM_HEADERS), ARM(ARM_BODY),
    ARM(ARM_ERROR),  ARM(ARM_RESULT),  ARM(ARM_RESULTS),
};
static const char *const arm_names[ARM_BRANCH] = { "status", "headers", "body",
                                                   "error",  "result",  "results" };

static void number_nodes(struct binder *b)
{
    const struct model *m = b->r->m;
    uint32_t count = 0;
    b->bases = mem_alloc_zeroed(m->flow_count + 1, sizeof *b->bases);
    for (size_t i = 0; i < m->flow_count; i++) {
        b->bases[i] = count;
        count += (uint32_t)m->flows[i]->node_count;
    }
    b->bases[m->flow_count] = count;
    b->flows = mem_alloc_zeroed(m->flow_count + 1, sizeof *b->flows);
    b->node_flags = mem_alloc_zeroed(count + 1, 1);
}

static void init(struct binder *b, struct resolver *r)
{
    struct intern *words = &r->m->words;
    *b = (struct binder){ .r = r };
    struct binding *bindings = arena_array(&r->m->arena, BUILTINS, sizeof *bindings);
    for (uint32_t i = 0; i < BUILTINS; i++) {
        bindings[i] = (struct binding){ .kind = BIND_BUILTIN, .builtin = i };
        names_add(&b->builtins, intern_of(words, builtin_rows[i].name), &bindings[i]);
    }
    for (size_t i = 0; i < ARM_BRANCH; i++)
        b->arm_words[i] = intern_of(words, arm_names[i]);
    b->run_word = intern_of(words, "run");
    number_nodes(b);
}

static void release_names(struct binder *b)
{
    names_release(&b->builtins);
    names_release(&b->variables);
    names_release(&b->nodes);
    names_release(&b->branches);
}

void binder_release_events(struct binder *b)
{
    mem_free(b->events);
    mem_free(b->reads);
    b->events = NULL;
    b->reads = NULL;
}

void binder_release(struct binder *b)
{
    release_names(b);
    binder_release_events(b);
    mem_free(b->bases);
    mem_free(b->node_flags);
    mem_free(b->flows);
    mem_free(b->edges);
    *b = (struct binder){ 0 };
}

uint32_t bind_number(const struct binder *b, const struct node_model *node)
{
    return b->bases[node->flow->index] + node->index;
}

struct variable *bind_find_variable(const struct binder *b, const char *name)
{
    struct bound_variable *found = names_find(&b->variables, name);
    return found ? &found->variable : NULL;
}

void bind_event(struct binder *b, enum event_kind kind, uint32_t number)
{
    b->events = mem_grow(b->events, &b->event_cap, b->event_count, sizeof *b->events);
    assert(number < 1u << 29);
    b->events[b->event_count++] =
        (struct event){ .kind = kind, .number = number & ((1u << 29) - 1) };
}

void bind_read(struct binder *b, const struct variable *v, const struct expr *e)
{
    b->reads = mem_grow(b->reads, &b->read_cap, b->read_count, sizeof *b->reads);
    b->reads[b->read_count++] = e;
    bind_event(b, EVENT_READ, v->index);
}

void bind_set(struct binder *b, const struct variable *v)
{
    if (v && v->index >= b->set_count)
        bind_event(b, EVENT_SET, v->index);
}

/* Unknown names. */

static bool is_value(const struct entry *e)
{
    return e->kind == DECL_CONST || e->kind == DECL_CONFIG || e->kind == DECL_SECRET;
}

static bool is_constant(const struct entry *e)
{
    return e->kind == DECL_CONST;
}

/* The names of this flow that are allowed here; ends with NULL, and the caller frees it. */
static const char **names_here(const struct binder *b)
{
    size_t variables = b->flow && b->view == VIEW_FLOW ? b->flow->variable_count : 0;
    const char **names = mem_alloc_zeroed(variables + ARM_BRANCH + 3, sizeof *names);
    size_t count = 0;
    if (b->view == VIEW_CONSTANT && b->node && b->node->ast->kind == NODE_SWITCH)
        names[count++] = "else";
    for (size_t i = 0; i < ARM_BRANCH; i++) {
        if (b->visible & 1u << i)
            names[count++] = b->arm_words[i];
    }
    for (size_t i = 0; i < variables; i++)
        names[count++] = b->flow->variables[i]->name;
    if (b->item)
        names[count++] = b->item;
    return names;
}

static bool explain_arm_value(struct binder *b, const struct expr *e, struct diag *diag)
{
    static const char *const arms[ARM_BRANCH] = {
        [ARM_STATUS] = "in the arms of an API call",
        [ARM_HEADERS] = "in the arms of an API call",
        [ARM_BODY] = "in the arms of an API call",
        [ARM_ERROR] = "in the arms of a call",
        [ARM_RESULT] = "in the arm `ok` of a `call`",
        [ARM_RESULTS] = "in the arm `ok` of an `each`",
    };
    for (size_t i = 0; i < ARM_BRANCH; i++) {
        if (b->arm_words[i] != e->word.text)
            continue;
        const char *name = e->word.text;
        const char *label = i < ARM_ERROR ? "200" : i == ARM_ERROR ? "error" : "ok";
        diag_help(b->r->m->diags, diag,
                  "`%s` exists only %s: to use it later, assign it to a variable, as in `%s { kept "
                  "= %s } -> next`",
                  name, arms[i], label, name);
        return true;
    }
    return false;
}

static bool is_declaring_word(const char *name)
{
    return strcmp(name, "secret") == 0 || strcmp(name, "config") == 0 || strcmp(name, "const") == 0;
}

static void say_unknown(struct binder *b, const struct expr *e)
{
    struct diags *d = b->r->m->diags;
    const char *name = e->word.text;
    struct diag *diag = diag_add(d, E0304, e->span, "there is no variable `%s`", name);
    if (explain_arm_value(b, e, diag))
        return;
    if (is_declaring_word(name)) {
        diag_help(
            d, diag,
            "declare it at the top of the file with `%s name …`, and write only its name here",
            name);
        return;
    }
    const char **others = names_here(b);
    const char *near =
        resolve_nearest(b->r, name, b->view == VIEW_CONSTANT ? is_constant : is_value, others);
    if (near)
        diag_help(d, diag, "did you mean `%s`?", near);
    else if (b->view == VIEW_FLOW)
        diag_help(d, diag, "write a text in quotes: \"%s\"; or declare a variable: `var %s = …`",
                  name, name);
    else
        diag_help(d, diag, "write a text in quotes: \"%s\"", name);
    mem_free(others);
}

static void say_no_value(struct binder *b, const struct expr *e, const struct entry *found)
{
    struct diags *d = b->r->m->diags;
    struct diag *diag = diag_add(d, E0312, e->span, "`%s` is %s and has no value", e->word.text,
                                 resolve_kind_text(found->kind));
    diag_note(d, diag, found->span, "`%s` is declared here", found->name);
    if (found->kind == DECL_FLOW)
        diag_help(d, diag, "to run it, write `node n { call %s(…)  ok -> …  fail -> … }`",
                  e->word.text);
}

static void say_not_constant(struct binder *b, const struct expr *e, const char *what)
{
    struct diags *d = b->r->m->diags;
    struct diag *diag = diag_add(d, E0705, e->span,
                                 "`%s` is %s, which has no value before the "
                                 "program runs",
                                 e->word.text, what);
    diag_help(d, diag, "only constants, and values calculated from constants, are allowed here");
}

/* An author does not mean one value for all calls of all runs: every order would have the same
 * key. */
static void say_once(struct binder *b, const struct expr *e)
{
    struct diags *d = b->r->m->diags;
    struct diag *diag =
        diag_add(d, E0705, e->span,
                 "`%s` differs from run to run, but an endpoint is set up once, before all runs",
                 e->word.text);
    diag_help(d, diag, "write it in the calls, as in `POST shop \"/\" header X-Id: %s`",
              e->kind == EXPR_CALL ? "uuid()" : "run.id");
}

/* Whether a node that could not be read may provide the name. */
static bool is_of_lost_outcome(const struct binder *b, const char *name)
{
    for (size_t i = 0; b->outcome_is_lost && i < ARM_BRANCH; i++) {
        if (b->arm_words[i] == name)
            return true;
    }
    return false;
}

/* A name before a syntax error may have been another word; a declaration in the wrong place has a
 * message of its own. */
static bool is_lost_word(const struct binder *b, const struct expr *e)
{
    return resolve_is_before_mistake(b->r, e->span) && !is_declaring_word(e->word.text);
}

/* A name of a flow is reported once in the flow, one of constants and endpoints once in the file.
 */
static bool is_first(struct binder *b, const char *name)
{
    const char *path = b->r->file->source->path;
    return b->flow ? resolve_first_report(b->r, name) && !resolve_is_missing(b->r, path, name)
                   : resolve_first_missing(b->r, path, name);
}

static void bind_unknown(struct binder *b, struct expr *e)
{
    const char *name = e->word.text;
    if (!name || is_of_lost_outcome(b, name) || is_lost_word(b, e) || !is_first(b, name))
        return;
    if (b->flow && resolve_may_be_lost(b->r, b->flow->decl, name))
        return;
    const struct binding *builtin = names_find(&b->builtins, name);
    if (builtin) {
        struct diag *diag =
            diag_add(b->r->m->diags, E0312, e->span, "`%s` is a function and has no value", name);
        diag_help(b->r->m->diags, diag, "call it: %s", builtin_rows[builtin->builtin].example);
        return;
    }
    if (!b->r->file->scope->is_partial)
        say_unknown(b, e);
}

/* Names. */

static const struct binding *arm_binding(struct binder *b, const char *name)
{
    if (!b->visible)
        return NULL;
    for (size_t i = 0; i < ARM_BRANCH; i++) {
        if (!(b->visible & 1u << i) || b->arm_words[i] != name)
            continue;
        b->node->uses_headers |= i == ARM_HEADERS;
        return &arm_bindings[i];
    }
    return b->visible & 1u << ARM_BRANCH ? names_find(&b->branches, name) : NULL;
}

static void say_var_later(struct binder *b, const struct expr *e, const struct variable *v)
{
    struct diags *d = b->r->m->diags;
    struct diag *diag =
        diag_add(d, E0504, e->span, "`%s` has no value yet when this is calculated", e->word.text);
    diag_note(d, diag, v->span, "`%s` gets its value here", v->name);
    diag_help(d, diag, "a `var` can use only the `var`s above it: change their order");
}

static const struct binding *read_variable(struct binder *b, struct bound_variable *found,
                                           const struct expr *e)
{
    struct variable *v = &found->variable;
    v->is_read = true;
    if (v->index >= b->var_limit) {
        if (resolve_first_report(b->r, e->word.text))
            say_var_later(b, e, v);
    } else if (v->index >= b->set_count) {
        bind_read(b, v, e);
    }
    return &found->binding;
}

static const struct binding *file_binding(struct binder *b, struct expr *e)
{
    struct entry *found = resolve_find(b->r, e->word.text);
    if (!found) {
        bool is_run = e->word.text == b->run_word;
        if (is_run && b->view == VIEW_FLOW)
            return &run_binding;
        if (is_run && b->view == VIEW_ENDPOINT)
            say_once(b, e);
        else
            bind_unknown(b, e);
        return NULL;
    }
    if (found->kind == DECL_BAD)
        return NULL;
    if (!is_value(found)) {
        if (resolve_first_report(b->r, e->word.text))
            say_no_value(b, e, found);
        return NULL;
    }
    if (found->kind != DECL_CONST && b->view == VIEW_CONSTANT) {
        say_not_constant(b, e, resolve_kind_text(found->kind));
        return NULL;
    }
    if (found->kind == DECL_CONFIG)
        found->config->is_read = true;
    else if (found->kind == DECL_SECRET)
        found->secret->is_read = true;
    return &found->binding;
}

static const struct binding *name_binding(struct binder *b, struct expr *e)
{
    const char *name = e->word.text;
    if (!name)
        return NULL;
    if (b->view == VIEW_FLOW) {
        const struct binding *arm = arm_binding(b, name);
        if (arm)
            return arm;
        if (name == b->item)
            return &item_binding;
    }
    struct bound_variable *found = b->flow ? names_find(&b->variables, name) : NULL;
    if (!found)
        return file_binding(b, e);
    if (b->view == VIEW_FLOW)
        return read_variable(b, found, e);
    say_not_constant(b, e, found->variable.is_input ? "an input" : "a variable");
    return NULL;
}

/* `uppercase` for `upper`, or a near name. */
static const char *near_function(const char *word, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        size_t len = strlen(names[i]);
        if (len >= 3 && strncmp(word, names[i], len) == 0)
            return names[i];
    }
    return nearest_word(word, names);
}

static void help_with_functions(struct diags *d, struct diag *diag)
{
    struct bytes names = { 0 };
    for (size_t i = 0; i < BUILTINS; i++)
        bytes_printf(&names, "%s%s", i ? " " : "", builtin_rows[i].name);
    diag_help(d, diag, "the functions are: %s", bytes_text(&names));
    bytes_release(&names);
}

static void say_no_function(struct binder *b, const struct expr *e)
{
    struct diags *d = b->r->m->diags;
    const char *names[BUILTINS + 1] = { 0 };
    for (size_t i = 0; i < BUILTINS; i++)
        names[i] = builtin_rows[i].name;
    const char *near = near_function(e->word.text, names);
    const struct entry *flow = names_find(&b->r->file->scope->names, e->word.text);
    struct diag *diag = diag_add(d, E0306, e->word.span, "there is no function `%s`", e->word.text);
    if (flow && flow->kind == DECL_FLOW)
        diag_help(d, diag,
                  "`%s` is a flow; to run it, write `node n { call %s(…)  ok -> …  fail -> … }`",
                  e->word.text, e->word.text);
    else if (near)
        diag_help(d, diag, "did you mean `%s`?", near);
    else
        help_with_functions(d, diag);
}

static const struct binding *call_binding(struct binder *b, struct expr *e)
{
    const struct binding *found = e->word.text ? names_find(&b->builtins, e->word.text) : NULL;
    if (found && b->view == VIEW_CONSTANT) {
        say_not_constant(b, e, "a function");
        return NULL;
    }
    if (found && b->view == VIEW_ENDPOINT && builtin_varies((enum builtin)found->builtin)) {
        say_once(b, e);
        return NULL;
    }
    if (!found && e->word.text && resolve_first_report(b->r, e->word.text))
        say_no_function(b, e);
    return found;
}

static void bind_in_view(struct binder *b, struct expr *e)
{
    if (!e)
        return;
    switch (e->kind) {
    case EXPR_BAD:
    case EXPR_NULL:
    case EXPR_BOOL:
    case EXPR_INT:
    case EXPR_NUMBER:
    case EXPR_DECIMAL:
    case EXPR_DURATION:
    case EXPR_TEXT:
        break;
    case EXPR_NAME:
        e->binding = name_binding(b, e);
        break;
    case EXPR_CALL:
        e->binding = call_binding(b, e);
        for (struct expr *item = e->items; item; item = item->next)
            bind_in_view(b, item);
        break;
    case EXPR_TEMPLATE:
    case EXPR_LIST:
        for (struct expr *item = e->items; item; item = item->next)
            bind_in_view(b, item);
        break;
    case EXPR_OBJECT:
        for (struct pair *pair = e->pairs; pair; pair = pair->next)
            bind_in_view(b, pair->value);
        break;
    case EXPR_IF:
        bind_in_view(b, e->left);
        bind_in_view(b, e->right);
        bind_in_view(b, e->third);
        break;
    case EXPR_BINARY:
    case EXPR_INDEX:
        bind_in_view(b, e->left);
        bind_in_view(b, e->right);
        break;
    case EXPR_MEMBER:
        bind_in_view(b, e->left);
        /* The names of a response's headers are in lower case: `headers.ETag` is `headers.etag`. */
        if (model_is_headers(e->left) && e->word.text)
            e->word.text = intern_lower(&b->r->m->words, e->word.text);
        break;
    case EXPR_UNARY:
    case EXPR_EACH:
        bind_in_view(b, e->left);
        break;
    }
}

void bind_expr(struct binder *b, struct expr *e, enum view view)
{
    b->view = view;
    bind_in_view(b, e);
}

static void bind_pairs(struct binder *b, struct pair *pairs, enum view view)
{
    for (struct pair *pair = pairs; pair; pair = pair->next)
        bind_expr(b, pair->value, view);
}

void bind_settings(struct binder *b, struct setting *settings, enum view view)
{
    for (struct setting *s = settings; s; s = s->next) {
        if (s->kind == SETTING_UNKNOWN)
            continue;
        bool is_constant_setting = s->kind == SETTING_MATCH || s->kind == SETTING_CHOICES;
        enum view here = is_constant_setting ? VIEW_CONSTANT : view;
        for (struct expr *e = s->first; e; e = s->kind == SETTING_CHOICES ? e->next : NULL)
            bind_expr(b, e, here);
        bind_expr(b, s->second, here);
        bind_pairs(b, s->pairs, here);
    }
}

/* All names of the model. */

static void bind_entry(struct binder *b, struct entry *e)
{
    resolve_enter(b->r, e);
    if (e->kind == DECL_CONST || e->kind == DECL_CONFIG)
        bind_expr(b, e->decl->value, VIEW_CONSTANT);
    else if (e->kind == DECL_ENDPOINT)
        bind_settings(b, e->decl->settings, VIEW_ENDPOINT);
    else if (e->kind == DECL_FLOW)
        bind_flow(b, e->flow);
}

static void bind_entries(struct binder *b, enum decl_kind kind, enum decl_kind or_kind)
{
    const struct model *m = b->r->m;
    for (size_t i = 0; i < m->file_count; i++) {
        const struct scope *scope = m->files[i]->scope;
        for (size_t n = 0; n < scope->count; n++) {
            struct entry *e = scope->entries[n];
            if (e->origin == e && (e->kind == kind || e->kind == or_kind))
                bind_entry(b, e);
        }
    }
}

void bind_model(struct binder *b, struct resolver *r)
{
    const struct model *m = r->m;
    init(b, r);
    bind_entries(b, DECL_CONST, DECL_CONFIG);
    bind_entries(b, DECL_ENDPOINT, DECL_ENDPOINT);
    bind_entries(b, DECL_FLOW, DECL_FLOW);
    for (size_t i = 0; i < m->test_count; i++) {
        resolve_enter(r, m->files[0]->scope->tests);
        bind_test(b, m->tests[i]);
    }
    resolve_mark_needed(r);
    release_names(b);
}
