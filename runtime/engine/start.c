#include "engine/start.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "net/tls_files.h"
#include "program/opcode.h"
#include "vm/builtins.h"
#include "vm/vm.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The data that starting needs besides the program itself. */
struct starting {
    struct program *program;
    const struct image *image;
    const struct start_options *options;
    struct bytes *problems;
};

/* FLOW_NAME, the environment variable of a declared name. The caller frees it. */
static char *environment_name(const char *name)
{
    struct bytes b = { 0 };
    bytes_add_text(&b, "FLOW_");
    for (; *name; name++)
        bytes_add_char(&b, (char)toupper((unsigned char)*name));
    return bytes_take(&b);
}

static const char *from_environment(const struct starting *s, const char *name)
{
    if (!s->options->environment)
        return NULL;
    char *variable = environment_name(name);
    const char *value = s->options->environment(variable);
    mem_free(variable);
    return value;
}

/* The last one given counts. */
static const char *find_pair(const struct setting_pair *pairs, size_t len, const char *name,
                             int (*compare)(const char *, const char *))
{
    for (size_t i = len; i-- > 0;) {
        if (compare(pairs[i].name, name) == 0)
            return pairs[i].value;
    }
    return NULL;
}

/* Makes v immortal and remembers each part that was not: what program_free frees, once each. */
static void freeze(struct program *p, struct value v)
{
    if (!value_is_counted(v) || v.counted->refs == VALUE_IMMORTAL)
        return;
    for (uint32_t i = 0; v.tag == VALUE_LIST && i < v.list->len; i++)
        freeze(p, v.list->items[i]);
    for (uint32_t i = 0; v.tag == VALUE_OBJECT && i < v.object->len; i++) {
        freeze(p, (struct value){ .tag = VALUE_TEXT, .text = v.object->members[i].key });
        freeze(p, v.object->members[i].value);
    }
    value_make_immortal(v);
    p->frozen = mem_grow(p->frozen, &p->frozen_cap, p->frozen_len, sizeof *p->frozen);
    p->frozen[p->frozen_len++] = v;
}

static void read_config(struct starting *s, uint32_t i, const char *text)
{
    const struct image_config *c = &s->image->configs[i];
    struct bytes why = { 0 };
    struct value v;
    if (program_read_value(s->image, c->type, text, strlen(text), &v, &why)) {
        freeze(s->program, v);
        s->program->configs[i] = v;
    } else {
        bytes_printf(s->problems, "config `%s`: %s\n", image_text(s->image, c->name),
                     bytes_text(&why));
        s->program->configs[i] = value_null();
    }
    bytes_release(&why);
}

static void report_missing_config(struct starting *s, const char *name)
{
    char *variable = environment_name(name);
    bytes_printf(s->problems, "config `%s` must be set: --set %s=… or %s=… in the environment\n",
                 name, name, variable);
    mem_free(variable);
}

/* In a simulation, a config without a default gets a value of its type: nothing leaves the
 * machine, so a url may be any. False if its type has no simple value. */
static bool invent_config(struct starting *s, uint32_t i, const char *name)
{
    const struct image_type *t = &s->image->types[s->image->configs[i].type];
    struct bytes b = { 0 };
    struct value v = value_null();
    bool found = true;
    if (t->kind == IMAGE_TYPE_TEXT) {
        bytes_printf(&b, "https://%s.example", name);
        for (size_t at = 0; at < b.len; at++)
            b.data[at] = b.data[at] == '_' ? '-' : b.data[at];
        v = value_text(b.data, b.len);
    } else if (t->kind == IMAGE_TYPE_INT || t->kind == IMAGE_TYPE_NUMBER) {
        v = value_int(0);
    } else if (t->kind == IMAGE_TYPE_BOOL) {
        v = value_bool(false);
    } else if (t->kind == IMAGE_TYPE_LIST) {
        v = value_list(0);
    } else {
        found = t->optional || t->kind == IMAGE_TYPE_ANY;
    }
    bytes_release(&b);
    freeze(s->program, v);
    s->program->configs[i] = v;
    return found;
}

static bool may_invent(struct starting *s, uint32_t i, const char *name)
{
    s->program->invented[i] = s->options->simulated;
    return s->options->simulated && (invent_config(s, i, name) || s->options->is_shown);
}

static void read_configs(struct starting *s)
{
    for (uint32_t i = 0; i < s->image->config_count; i++) {
        const struct image_config *c = &s->image->configs[i];
        const char *name = image_text(s->image, c->name);
        const char *text = find_pair(s->options->sets, s->options->set_count, name, strcmp);
        s->program->configs[i] = vm_missing();
        if (!text)
            text = from_environment(s, name);
        if (text)
            read_config(s, i, text);
        else if (c->function == IMAGE_NONE && !may_invent(s, i, name)) {
            report_missing_config(s, name);
            s->program->configs[i] = value_null();
        }
    }
}

/* Computes a default. False: *problem says why that failed. */
static bool take_default(struct starting *s, uint32_t i, char **problem)
{
    const struct image_config *c = &s->image->configs[i];
    struct value v = value_null();
    *problem = vm_set_up(s->program, c->function, NULL, &v);
    if (*problem)
        return false;
    struct bytes why = { 0 };
    if (!image_type_fit(s->image, c->type, &v, &why)) {
        value_unref(v);
        *problem = bytes_take(&why);
        return false;
    }
    freeze(s->program, v);
    s->program->configs[i] = v;
    return true;
}

/* Defaults may name other configuration values: repeat until no further default can be computed. */
static void take_defaults(struct starting *s)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < s->image->config_count; i++) {
            char *problem = NULL;
            if (vm_is_missing(s->program->configs[i]))
                changed |= take_default(s, i, &problem);
            mem_free(problem);
        }
    }
    for (uint32_t i = 0; i < s->image->config_count; i++) {
        char *problem = NULL;
        if (!vm_is_missing(s->program->configs[i]) || take_default(s, i, &problem))
            continue;
        if (!s->options->is_shown)
            bytes_printf(s->problems, "config `%s`: %s\n",
                         image_text(s->image, s->image->configs[i].name), problem);
        mem_free(problem);
        s->program->configs[i] = value_null();
        s->program->invented[i] = true;
    }
}

static void report_unknown_sets(struct starting *s)
{
    const char **names = mem_alloc_zeroed(s->image->config_count + (size_t)1, sizeof *names);
    for (uint32_t i = 0; i < s->image->config_count; i++)
        names[i] = image_text(s->image, s->image->configs[i].name);
    for (size_t i = 0; i < s->options->set_count; i++) {
        const char *name = s->options->sets[i].name;
        bool known = false;
        for (uint32_t c = 0; c < s->image->config_count && !known; c++)
            known = strcmp(names[c], name) == 0;
        if (known)
            continue;
        const char *near = nearest_word(name, names);
        bytes_printf(s->problems, "--set %s: the program has no config of this name%s%s%s\n", name,
                     near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    }
    mem_free((void *)names);
}

/* NULL: the text can be a secret. */
static const char *secret_problem(const char *text)
{
    size_t len = strlen(text);
    if (len == 0)
        return "is empty";
    if (utf8_valid_prefix(text, len) != len)
        return "is not valid UTF-8";
    for (const char *p = text; *p; p++) {
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
            return "holds a control character, such as a line break";
    }
    return NULL;
}

static void read_secret(struct starting *s, uint32_t i)
{
    const char *name = image_text(s->image, s->image->secrets[i]);
    const char *text = from_environment(s, name);
    if (s->options->simulated)
        text = s->options->secret ? s->options->secret : name;
    if (!text)
        text = find_pair(s->options->secrets, s->options->secret_count, name, strcasecmp);
    char *variable = environment_name(name);
    const char *problem = text ? secret_problem(text) : NULL;
    if (!text)
        bytes_printf(s->problems,
                     "secret `%s` is missing: set %s in the environment, or in a file for "
                     "--secrets FILE\n",
                     name, variable);
    else if (problem)
        bytes_printf(s->problems, "secret `%s` (%s) %s\n", name, variable, problem);
    else
        s->program->secrets[i] = value_text_of(text);
    mem_free(variable);
    freeze(s->program, s->program->secrets[i]);
    if (s->program->secrets[i].tag == VALUE_TEXT)
        program_mask_add(&s->program->masks, s->program->secrets[i].text->data,
                         s->program->secrets[i].text->len);
}

static void compile_matches(struct starting *s)
{
    for (uint32_t i = 0; i < s->image->ask_count; i++) {
        if (s->image->asks[i].match == IMAGE_NONE)
            continue;
        const char *pattern = image_text(s->image, s->image->asks[i].match);
        char why[200];
        s->program->matches[i] = matcher_new(pattern, why, sizeof why);
        if (!s->program->matches[i])
            bytes_printf(s->problems, "match '%s': %s\n", pattern, why);
    }
}

/* The value that an endpoint sends as Authorization is a secret, even if it is made of values
 * that are not. */
static void mask_authorization(struct starting *s, const struct endpoint *e)
{
    const struct field *f = endpoint_fields_find(&e->headers, "Authorization");
    if (f && !s->options->simulated)
        program_mask_add_authorization(&s->program->masks, f->value);
}

/* Whether a node of some flow sends a header Authorization. */
static bool authorizes(const struct image *image)
{
    for (uint32_t i = 0; i < image->function_count; i++) {
        const struct image_function *f = &image->functions[i];
        uint32_t end = f->code + f->code_count;
        for (uint32_t pc = f->code; pc < end && f->kind == IMAGE_FLOW;
             pc += opcode_words(image->code[pc])) {
            if (word_op(image->code[pc]) == OPCODE_HEADER &&
                strcasecmp(image_text(image, image->code[pc + 1]), "Authorization") == 0)
                return true;
        }
    }
    return false;
}

static void set_up_endpoint(struct starting *s, uint32_t i)
{
    const struct image_endpoint *from = &s->image->endpoints[i];
    struct endpoint *e = &s->program->endpoints[i];
    const char *name = image_text(s->image, from->name);
    e->name = mem_copy_text(name, strlen(name));
    e->separator = (char)from->separator;
    e->connections = from->connections;
    e->wait_ms = from->wait_ms;
    e->redirects = from->redirects;
    e->max_response = from->max_response;
    if (s->options->max_response && s->options->max_response < e->max_response)
        e->max_response = s->options->max_response;
    e->tls.verify = true;
    char *problem = vm_set_up(s->program, from->function, e, NULL);
    if (!problem && !e->url)
        problem = mem_copy_text("it has no url", 13);
    if (!problem) {
        mask_authorization(s, e);
        if (!s->options->simulated && strncmp(e->url, "https:", 6) == 0)
            e->tls.files = tls_files_read(&e->tls);
        return;
    }
    struct bytes line = { 0 };
    bytes_printf(&line, "endpoint `%s`: %s\n", name, problem);
    program_mask(s->program, &line);
    if (!s->options->is_shown)
        bytes_add(s->problems, line.data, line.len);
    bytes_release(&line);
    mem_free(problem);
}

struct program *start_program(const struct image *image, const struct start_options *options,
                              struct bytes *problems)
{
    struct program *p = mem_alloc_zeroed(1, sizeof *p);
    size_t before = problems->len;
    p->image = image;
    p->guard = options->guard;
    p->authorizes = authorizes(image);
    p->configs = mem_alloc_zeroed(image->config_count, sizeof *p->configs);
    p->invented = mem_alloc_zeroed(image->config_count, sizeof *p->invented);
    p->secrets = mem_alloc_zeroed(image->secret_count, sizeof *p->secrets);
    p->endpoints = mem_alloc_zeroed(image->endpoint_count, sizeof *p->endpoints);
    p->matches = mem_alloc_zeroed(image->ask_count, sizeof *p->matches);
    struct starting s = { p, image, options, problems };
    report_unknown_sets(&s);
    read_configs(&s);
    for (uint32_t i = 0; i < image->secret_count; i++)
        read_secret(&s, i);
    take_defaults(&s);
    compile_matches(&s);
    bool ready = problems->len == before;
    for (uint32_t i = 0; i < image->endpoint_count && ready; i++)
        set_up_endpoint(&s, i);
    if (problems->len == before)
        return p;
    start_free(p);
    return NULL;
}

void start_free(struct program *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->image->endpoint_count; i++) {
        tls_files_free(p->endpoints[i].tls.files);
        p->endpoints[i].tls.files = NULL;
    }
    program_free(p);
}
