/* Declarations, and those parts of them that are neither expressions nor flows. */
#include "syntax/ast_build.h"

#include "base/bytes.h"

#include <string.h>

static const char *line_start(const struct builder *b, const char *p)
{
    while (p > b->source->data && p[-1] != '\n')
        p--;
    return p;
}

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

/* Whether there are only spaces and tabs before p on its line. */
static bool begins_line(const struct builder *b, const char *p)
{
    while (p > b->source->data && (p[-1] == ' ' || p[-1] == '\t'))
        p--;
    return p == b->source->data || p[-1] == '\n';
}

/* The first of the `##` lines that end directly before line. */
static const char *doc_start(const struct builder *b, const char *line)
{
    while (line > b->source->data) {
        const char *before = line_start(b, line - 1);
        const char *text = skip_blanks(before);
        if (text[0] != '#' || text[1] != '#')
            break;
        line = before;
    }
    return line;
}

const char *ast_doc(const struct builder *b, uint32_t pos)
{
    struct bytes doc = { 0 };
    const char *at = b->source->data + (pos - b->source->base);
    if (!begins_line(b, at))
        return NULL;
    const char *end = line_start(b, at);
    for (const char *line = doc_start(b, end); line < end;) {
        const char *text = skip_blanks(line) + 2;
        size_t len = strcspn(text, "\r\n");
        if (doc.data)
            bytes_add_char(&doc, '\n');
        if (len > 0 && *text == ' ')
            bytes_add(&doc, text + 1, len - 1);
        else
            bytes_add(&doc, text, len);
        line = strchr(text, '\n') + 1;
    }
    const char *copy = doc.data ? arena_copy(b->arena, doc.data, doc.len) : NULL;
    bytes_release(&doc);
    return copy;
}

static struct type_expr *make_type(struct builder *b, enum type_expr_kind kind, struct span span)
{
    struct type_expr *type = arena_alloc(b->arena, sizeof(*type));
    type->kind = kind;
    type->span = span;
    return type;
}

struct type_expr *ast_type_name(struct builder *b, struct word name)
{
    struct type_expr *type = make_type(b, TYPE_EXPR_NAME, name.span);
    type->name = name;
    return type;
}

struct type_expr *ast_type_list(struct builder *b, struct span span, struct type_expr *inner)
{
    struct type_expr *type = make_type(b, TYPE_EXPR_LIST, span);
    type->inner = inner;
    return type;
}

/* T?? is T?, so optional types do not nest. */
struct type_expr *ast_type_optional(struct builder *b, struct span span, struct type_expr *inner)
{
    if (inner->kind == TYPE_EXPR_OPTIONAL)
        return inner;
    struct type_expr *type = make_type(b, TYPE_EXPR_OPTIONAL, span);
    type->inner = inner;
    return type;
}

struct type_expr *ast_type_shape(struct builder *b, struct span span, struct type_field_list fields)
{
    struct type_expr *type = make_type(b, TYPE_EXPR_SHAPE, span);
    type->fields = fields.first;
    return type;
}

struct type_field *ast_field(struct builder *b, struct word name, struct type_expr *type)
{
    struct type_field *field = arena_alloc(b->arena, sizeof(*field));
    field->name = name;
    field->type = type;
    return field;
}

struct pair *ast_pair(struct builder *b, struct word key, struct expr *value)
{
    struct pair *pair = arena_alloc(b->arena, sizeof(*pair));
    pair->key = key;
    pair->value = value;
    return pair;
}

struct arg *ast_arg(struct builder *b, struct word name, struct expr *value)
{
    struct arg *arg = arena_alloc(b->arena, sizeof(*arg));
    arg->name = name;
    arg->value = value;
    return arg;
}

struct label *ast_label(struct builder *b, struct span span)
{
    struct label *label = arena_alloc(b->arena, sizeof(*label));
    label->word = ast_word(b, span);
    return label;
}

struct setting *ast_setting(struct builder *b, enum setting_kind kind, struct span word,
                            struct span span)
{
    struct setting *setting = arena_alloc(b->arena, sizeof(*setting));
    setting->kind = kind;
    setting->span = span;
    setting->word = ast_word(b, word);
    setting->wait = -1;
    setting->backoff_from = -1;
    setting->backoff_to = -1;
    return setting;
}

struct setting *ast_setting_expr(struct builder *b, enum setting_kind kind, struct span word,
                                 struct span span, struct expr *first, struct expr *second)
{
    struct setting *setting = ast_setting(b, kind, word, span);
    setting->first = first;
    setting->second = second;
    return setting;
}

struct setting *ast_setting_pairs(struct builder *b, enum setting_kind kind, struct span word,
                                  struct span span, struct pair_list pairs)
{
    struct setting *setting = ast_setting(b, kind, word, span);
    setting->pairs = pairs.first;
    return setting;
}

struct setting *ast_setting_object(struct builder *b, enum setting_kind kind, struct span word,
                                   struct span span, const struct expr *object)
{
    struct setting *setting = ast_setting(b, kind, word, span);
    if (object->kind == EXPR_OBJECT)
        setting->pairs = object->pairs;
    return setting;
}

struct setting *ast_setting_amount(struct builder *b, enum setting_kind kind, struct span word,
                                   struct span span, int64_t amount)
{
    struct setting *setting = ast_setting(b, kind, word, span);
    setting->amount = amount;
    return setting;
}

struct setting *ast_separator(struct builder *b, struct span span, struct word name)
{
    struct setting *setting = ast_setting(b, SETTING_SEPARATOR, name.span, span);
    setting->word = name;
    return setting;
}

struct setting *ast_connections(struct builder *b, struct span word, struct span span,
                                int64_t amount, int64_t wait)
{
    struct setting *setting = ast_setting_amount(b, SETTING_CONNECTIONS, word, span, amount);
    setting->wait = wait;
    return setting;
}

struct setting *ast_retry(struct builder *b, struct span word, struct span span, int64_t amount,
                          struct label_list labels, struct backoff backoff)
{
    struct setting *setting = ast_setting_amount(b, SETTING_RETRY, word, span, amount);
    setting->labels = labels.first;
    setting->backoff_from = backoff.from;
    setting->backoff_to = backoff.to;
    return setting;
}

struct param *ast_param(struct builder *b, struct span span, struct word name,
                        struct type_expr *type, struct expr *value)
{
    struct param *param = arena_alloc(b->arena, sizeof(*param));
    param->span = span;
    param->name = name;
    param->type = type;
    param->value = value;
    return param;
}

struct var *ast_var(struct builder *b, struct span span, struct word name, struct type_expr *type,
                    struct expr *value)
{
    struct var *var = arena_alloc(b->arena, sizeof(*var));
    var->span = span;
    var->name = name;
    var->type = type;
    var->value = value;
    return var;
}

struct node_ref *ast_node_ref(struct builder *b, struct word flow, struct word node)
{
    struct node_ref *ref = arena_alloc(b->arena, sizeof(*ref));
    ref->flow = flow;
    ref->node = node;
    return ref;
}

struct step *ast_step(struct builder *b, enum image_step_kind kind, struct span span,
                      struct node_ref *nodes, struct expr *value)
{
    struct step *step = arena_alloc(b->arena, sizeof(*step));
    step->kind = kind;
    step->span = span;
    step->nodes = nodes;
    step->value = value;
    return step;
}

struct step *ast_start(struct builder *b, struct span span, struct word flow, struct arg_list args)
{
    struct step *step = ast_step(b, IMAGE_STEP_START, span, NULL, NULL);
    step->name = flow;
    step->args = args.first;
    return step;
}

struct step *ast_reply(struct builder *b, struct span span, struct node_ref *node,
                       struct label *label, struct expr *value)
{
    struct step *step = ast_step(b, IMAGE_STEP_REPLY, span, node, value);
    step->label = label;
    return step;
}

struct step *ast_answer_timeout(struct builder *b, struct span span, struct node_ref *node)
{
    struct step *step = ast_step(b, IMAGE_STEP_ANSWER, span, node, NULL);
    step->timed_out = true;
    return step;
}

void ast_add_decl(struct builder *b, struct decl *decl)
{
    b->decls = ast_decl_list_add(b->decls, decl);
    b->ast->decls = b->decls.first;
}

struct import_name *ast_import_name(struct builder *b, struct word name, struct word local)
{
    struct import_name *import = arena_alloc(b->arena, sizeof(*import));
    import->name = name;
    import->local = local;
    return import;
}

struct decl *ast_decl(struct builder *b, enum decl_kind kind, struct span span, struct word name)
{
    struct decl *decl = arena_alloc(b->arena, sizeof(*decl));
    decl->kind = kind;
    decl->span = span;
    decl->name = name;
    decl->doc = ast_doc(b, span.start);
    return decl;
}

struct decl *ast_import(struct builder *b, struct span span, struct import_name_list names,
                        struct word path)
{
    struct decl *decl = ast_decl(b, DECL_IMPORT, span, (struct word){ 0 });
    decl->imports = names.first;
    decl->path = path;
    return decl;
}

struct decl *ast_value_decl(struct builder *b, enum decl_kind kind, struct span span,
                            struct word name, struct type_expr *type, struct expr *value)
{
    struct decl *decl = ast_decl(b, kind, span, name);
    decl->type = type;
    decl->value = value;
    return decl;
}

struct decl *ast_endpoint(struct builder *b, struct span span, struct word name,
                          struct setting_list settings)
{
    struct decl *decl = ast_decl(b, DECL_ENDPOINT, span, name);
    decl->settings = settings.first;
    return decl;
}

struct flow_body *ast_flow_body(struct builder *b)
{
    return arena_alloc(b->arena, sizeof(struct flow_body));
}

struct flow_body *ast_flow_var(struct flow_body *body, struct var *var)
{
    body->vars = ast_var_list_add(body->vars, var);
    return body;
}

struct flow_body *ast_flow_node(struct flow_body *body, struct node *node)
{
    body->nodes = ast_node_list_add(body->nodes, node);
    return body;
}

struct node *ast_flow_last(const struct flow_body *body)
{
    return body->nodes.last;
}

struct decl *ast_flow(struct builder *b, struct span span, struct word name,
                      struct param_list params, struct type_expr *result,
                      const struct flow_body *body)
{
    struct decl *decl = ast_decl(b, DECL_FLOW, span, name);
    decl->params = params.first;
    decl->type = result;
    decl->vars = body->vars.first;
    decl->nodes = body->nodes.first;
    return decl;
}

struct decl *ast_test(struct builder *b, struct span span, struct word name, struct step_list steps)
{
    struct decl *decl = ast_decl(b, DECL_TEST, span, name);
    decl->steps = steps.first;
    return decl;
}
