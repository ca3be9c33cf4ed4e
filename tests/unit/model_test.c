#include "suite.h"

#include "check/check.h"
#include "compiler/compile.h"

#include <string.h>
#include <unistd.h>

#define ARMS " 200, other, error, timeout, max-connection -> end "

static char folder[] = "/tmp/flow_model_XXXXXX";
static struct sources sources;
static struct diags diags;
static struct model model;

static const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

static void setup(void)
{
    strcpy(folder, "/tmp/flow_model_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    sources = (struct sources){ 0 };
    diags = (struct diags){ 0 };
    model = (struct model){ 0 };
}

static void teardown(void)
{
    unlink(path_of("main.flow"));
    unlink(path_of("lib.flow"));
    rmdir(folder);
    model_release(&model);
    diags_release(&diags);
    sources_release(&sources);
}

/* Builds a program without mistakes. */
static void build(const char *text)
{
    const char *reason = NULL;
    write_file("main.flow", text);
    ck_assert(compile_model(&model, &sources, &diags, path_of("main.flow"), &reason));
    if (diags.errors)
        ck_abort_msg("%s", diags.items[0]->message);
}

static const struct node_model *node_of(const struct flow_model *flow, const char *name)
{
    for (size_t i = 0; i < flow->node_count; i++) {
        if (strcmp(flow->nodes[i]->ast->name.text, name) == 0)
            return flow->nodes[i];
    }
    ck_abort_msg("no node %s", name);
    return NULL;
}

static const struct variable *variable_of(const struct flow_model *flow, const char *name)
{
    for (size_t i = 0; i < flow->variable_count; i++) {
        if (strcmp(flow->variables[i]->name, name) == 0)
            return flow->variables[i];
    }
    ck_abort_msg("no variable %s", name);
    return NULL;
}

static void has_type(const struct type *t, const char *wanted)
{
    struct bytes b = { 0 };
    type_print(&b, t);
    ck_assert_str_eq(bytes_text(&b), wanted);
    bytes_release(&b);
}

START_TEST(a_run_starts_at_main_else_at_the_first_flow)
{
    build("flow a { node n { -> end } } flow main { node n { -> end } }");
    ck_assert_str_eq(model.main->decl->name.text, "main");
    model_release(&model);
    build("flow a { node n { -> end } } flow b { node n { -> end } }");
    ck_assert_str_eq(model.main->decl->name.text, "a");
}
END_TEST

START_TEST(an_endpoint_has_its_defaults_and_a_node_its_own_limits)
{
    build("endpoint s { url \"https://a.b\" timeout 3s }"
          "flow f { node n { GET s \"/\" connect 1s separator semicolon" ARMS "} }");
    const struct endpoint_model *e = model.endpoints[0];
    const struct node_model *n = model.flows[0]->nodes[0];
    ck_assert_uint_eq(e->limits.connect_ms, 5000);
    ck_assert_uint_eq(e->limits.within_ms, 120000);
    ck_assert_uint_eq(e->connections, 64);
    ck_assert_uint_eq(e->wait_ms, 10000);
    ck_assert_uint_eq(e->max_response, 16u << 20);
    ck_assert_uint_eq(n->limits->connect_ms, 1000);
    ck_assert_uint_eq(n->limits->timeout_ms, 3000);
    ck_assert_int_eq(n->limits->separator, ';');
    ck_assert_int_eq(e->limits.separator, '&');
}
END_TEST

START_TEST(routes_are_sorted_by_label_and_keep_the_order_of_the_arms)
{
    build(
        "endpoint s { url \"https://a.b\" }"
        "flow f { node n { GET s \"/\" other -> end 5xx -> end 404 when body.a -> fail "
        "200 when body.b -> end 404 -> end 200 -> fail error, timeout, max-connection -> end } }");
    const struct node_model *n = model.flows[0]->nodes[0];
    const uint16_t wanted[] = { 200,
                                200,
                                404,
                                404,
                                LABEL_CLASS + 5,
                                label_of_outcome(OUTCOME_OTHER),
                                label_of_outcome(OUTCOME_ERROR),
                                label_of_outcome(OUTCOME_TIMEOUT),
                                label_of_outcome(OUTCOME_MAX_CONNECTION) };
    ck_assert_uint_eq(n->route_count, 9);
    for (size_t i = 0; i < 9; i++)
        ck_assert_uint_eq(n->routes[i].label, wanted[i]);
    ck_assert_ptr_nonnull(n->routes[0].arm->when);
    ck_assert_ptr_null(n->routes[1].arm->when);
    ck_assert_ptr_nonnull(n->routes[2].arm->when);
    ck_assert_ptr_null(n->routes[3].arm->when);
}
END_TEST

START_TEST(a_retry_has_its_labels_and_pauses)
{
    build("endpoint s { url \"https://a.b\" }"
          "flow f { node n { GET s \"/\" retry 2 on timeout, 503 backoff 250ms..2s" ARMS "} }");
    const struct retry_model *r = &model.flows[0]->nodes[0]->limits->retry;
    ck_assert_uint_eq(r->attempts, 2);
    ck_assert_uint_eq(r->label_count, 2);
    ck_assert_uint_eq(r->labels[0], label_of_outcome(OUTCOME_TIMEOUT));
    ck_assert_uint_eq(r->labels[1], 503);
    ck_assert_uint_eq(r->backoff_from_ms, 250);
    ck_assert_uint_eq(r->backoff_to_ms, 2000);
}
END_TEST

START_TEST(only_a_node_that_reads_headers_uses_them)
{
    build("endpoint s { url \"https://a.b\" }"
          "flow f { node n { GET s \"/\" 200 { log \"{headers.etag ?? \"\"}\" } -> m other, error, "
          "timeout, max-connection -> end } node m { GET s \"/\"" ARMS "} }");
    ck_assert(model.flows[0]->nodes[0]->uses_headers);
    ck_assert(!model.flows[0]->nodes[1]->uses_headers);
}
END_TEST

START_TEST(inputs_come_first_among_the_variables)
{
    build("flow f(a: int, b: text) { var c = 1 node n { d = a say \"{b}{c}{d}\" -> end } }");
    const struct flow_model *f = model.flows[0];
    ck_assert_uint_eq(f->input_count, 2);
    ck_assert_uint_eq(f->variable_count, 4);
    ck_assert_str_eq(f->variables[0]->name, "a");
    ck_assert_str_eq(f->variables[3]->name, "d");
    ck_assert_uint_eq(f->variables[3]->index, 3);
}
END_TEST

START_TEST(a_variable_has_the_join_of_all_that_is_assigned)
{
    build("flow f(n: int) { var a = null var b = 1 var c = [] node x { a = \"t\" b = n / 2 "
          "c = c + [n] d = b e = d -> y } node y { say \"{a ?? \"\"}{b}{c}{d}{e}\" -> end } }");
    const struct flow_model *f = model.flows[0];
    has_type(variable_of(f, "a")->type, "text?");
    has_type(variable_of(f, "b")->type, "number");
    has_type(variable_of(f, "c")->type, "[int]");
    has_type(variable_of(f, "e")->type, "number");
}
END_TEST

START_TEST(a_type_that_would_grow_for_ever_becomes_any)
{
    build("flow f { var a = [] node x { a = [a] -> y } node y { ask \"{a}\" as _b ok -> x2 } "
          "node x2 { -> x max 2 else end } }");
    ck_assert_ptr_nonnull(variable_of(model.flows[0], "a")->type);
}
END_TEST

START_TEST(a_secret_reaches_every_variable_that_is_made_from_it)
{
    /* Assigned against the order of the dependencies, so that one pass is not enough. */
    build("secret key endpoint s { url \"https://a.b\" } flow f { var a = \"\" var b = \"\" "
          "var c = \"\" var d = \"\" node x { d = c c = b b = \"Bearer {a}\" a = key -> y } "
          "node y { GET s \"/\" header A: a, B: b, C: c, D: d 200 -> x max 3 else end "
          "other, error, timeout, max-connection -> end } }");
    const char *names[] = { "a", "b", "c", "d" };
    for (size_t i = 0; i < 4; i++)
        ck_assert(variable_of(model.flows[0], names[i])->type->secret);
}
END_TEST

START_TEST(a_long_chain_of_assignments_keeps_the_secret)
{
    struct bytes text = { 0 };
    bytes_add_text(&text, "secret key endpoint s { url \"https://a.b\" } flow f {");
    for (int i = 0; i <= 60; i++)
        bytes_printf(&text, " var v%d = \"\"", i);
    bytes_add_text(&text, " node x {");
    for (int i = 0; i < 60; i++)
        bytes_printf(&text, " v%d = v%d", i, i + 1);
    bytes_add_text(&text,
                   " v60 = key -> y } node y { GET s \"/\" header A: v0 200 -> x max 3 else end"
                   " other, error, timeout, max-connection -> end } }");
    build(bytes_text(&text));
    bytes_release(&text);
    ck_assert(variable_of(model.flows[0], "v0")->type->secret);
}
END_TEST

START_TEST(constants_are_calculated_in_any_order)
{
    build("const a = b * 2 const b = c + 1 const c = 3 flow f { node n { say \"{a}\" -> end } }");
    ck_assert(model.constants[0]->is_known);
    ck_assert_int_eq(model.constants[0]->value.integer, 8);
    has_type(model.constants[0]->type, "int");
}
END_TEST

START_TEST(what_nobody_needs_of_an_imported_file_is_not_in_the_program)
{
    write_file("lib.flow",
               "secret used secret unused config base: text = \"https://a.b\" "
               "endpoint shop { url base header K: used } endpoint other { url base header "
               "K: unused } flow helper { node n { GET shop \"/\"" ARMS "} } "
               "flow alone { node n { -> end } }");
    build("import helper from \"lib.flow\" flow f { node n { -> flow helper } }");
    ck_assert_uint_eq(model.secret_count, 1);
    ck_assert_str_eq(model.secrets[0]->decl->name.text, "used");
    ck_assert_uint_eq(model.config_count, 1);
    ck_assert_uint_eq(model.endpoint_count, 1);
    ck_assert_uint_eq(model.flow_count, 2);
    ck_assert_str_eq(model.flows[0]->decl->name.text, "f");
    ck_assert_uint_eq(model.flows[1]->index, 1);
    ck_assert(model.flows[1]->is_imported);
}
END_TEST

START_TEST(arms_give_their_values_types)
{
    build("type T { id: text } endpoint s { url \"https://a.b\" } flow f { node n { GET s \"/\" "
          "200 as T { a = body b = status } -> m other, error { c = status d = error } -> m "
          "timeout, max-connection { e = error.message } -> m } node m { -> end } }");
    const struct flow_model *f = model.flows[0];
    has_type(variable_of(f, "a")->type, "T");
    has_type(variable_of(f, "b")->type, "int");
    has_type(variable_of(f, "c")->type, "int?");
    has_type(variable_of(f, "d")->type, "{ kind: text, message: text }?");
    has_type(variable_of(f, "e")->type, "text");
    ck_assert_ptr_eq(node_of(f, "n")->endpoint, model.endpoints[0]);
}
END_TEST

/* The stages one by one, as an editor calls them. */

static void parse_only(struct resolver *r, const char *text)
{
    const char *reason = NULL;
    write_file("main.flow", text);
    resolver_init(r, &model, &sources, &diags);
    ck_assert(resolve_parse(r, path_of("main.flow"), &reason));
}

static void parse_and_bind(struct resolver *r, struct binder *b, const char *text)
{
    parse_only(r, text);
    resolve_names(r);
    resolve_types(r);
    bind_model(b, r);
}

START_TEST(parsing_alone_gives_the_trees_of_all_files_and_no_meaning)
{
    struct resolver r;
    write_file("lib.flow", "const a = unknown");
    parse_only(&r, "import a from \"lib.flow\" flow f { node n { -> nowhere } }");
    ck_assert_uint_eq(diags.len, 0);
    ck_assert_uint_eq(model.file_count, 2);
    ck_assert_uint_eq(model.flow_count, 0);
    const struct decl *import = model.files[0]->ast->decls;
    ck_assert_ptr_eq(import->imported, model.files[1]);
    ck_assert_int_eq(import->next->kind, DECL_FLOW);
    ck_assert_int_eq(model.files[1]->ast->decls->value->kind, EXPR_NAME);
    resolver_release(&r);
}
END_TEST

START_TEST(binding_without_checks_says_what_a_name_means)
{
    struct resolver r;
    struct binder b;
    parse_and_bind(&r, &b,
                   "const limit = 3 flow f(n: int) { var v = n + true "
                   "node x { v = limit -> y } node y { -> end } } "
                   "test \"t\" { start f(n: 1) expect visit y }");
    ck_assert_uint_eq(diags.len, 0);
    const struct flow_model *f = model.flows[0];
    const struct var *v = f->decl->vars;
    ck_assert_ptr_eq(v->variable, variable_of(f, "v"));
    ck_assert_int_eq(v->value->left->binding->kind, BIND_VARIABLE);
    ck_assert_ptr_eq(v->value->left->binding->variable, variable_of(f, "n"));
    const struct node *x = f->nodes[0]->ast;
    ck_assert_ptr_eq(x->actions->variable, variable_of(f, "v"));
    ck_assert_ptr_eq(x->actions->value->binding->constant, model.constants[0]);
    ck_assert_ptr_eq(x->arrow->to.node, f->nodes[1]);
    const struct step *steps = model.tests[0]->steps;
    ck_assert_ptr_eq(steps->flow, f);
    ck_assert_ptr_eq(steps->next->nodes->found, f->nodes[1]);
    binder_release(&b);
    resolver_release(&r);
}
END_TEST

START_TEST(binding_reports_unknown_names_and_the_checks_the_rest)
{
    struct resolver r;
    struct binder b;
    parse_and_bind(&r, &b, "flow f { node x { say \"{1 + true}\" -> y } node z { -> end } }");
    ck_assert_uint_eq(diags.len, 1);
    ck_assert_int_eq(diags.items[0]->code, E0302);
    check_model(&b);
    ck_assert_uint_eq(diags.len, 2);
    ck_assert_int_eq(diags.items[1]->code, E0701);
    binder_release(&b);
    resolver_release(&r);
}
END_TEST

START_TEST(each_flow_keeps_what_binding_noted_of_it)
{
    struct resolver r;
    struct binder b;
    parse_and_bind(&r, &b,
                   "flow f(a: int) { node x { b = a -> y } node y { say \"{b}\" -> end } } "
                   "flow g { node z { -> z max 2 else end } }");
    ck_assert_uint_eq(b.flows[0].set_count, 1);
    ck_assert_uint_eq(b.flows[0].read_count, 1);
    ck_assert_uint_eq(b.flows[0].edge_count, 1);
    ck_assert_uint_eq(b.flows[1].first_edge, 1);
    ck_assert_uint_eq(b.flows[1].edge_count, 1);
    ck_assert_uint_eq(b.flows[1].read_count, 0);
    ck_assert_uint_eq(b.flows[1].first_event, b.flows[0].event_count);
    binder_release(&b);
    resolver_release(&r);
}
END_TEST

START_TEST(final_indices_come_after_the_checks)
{
    struct resolver r;
    struct binder b;
    write_file("lib.flow", "flow alone { node n { -> end } } flow helper { node n { -> end } }");
    parse_and_bind(&r, &b, "import helper from \"lib.flow\" flow f { node n { -> flow helper } }");
    check_model(&b);
    ck_assert_uint_eq(model.flow_count, 3);
    ck_assert_ptr_null(model.main);
    resolve_needed(&r);
    ck_assert_uint_eq(model.flow_count, 2);
    ck_assert_uint_eq(model.flows[1]->index, 1);
    ck_assert_ptr_eq(model.main, model.flows[0]);
    binder_release(&b);
    resolver_release(&r);
}
END_TEST

START_TEST(a_file_that_is_not_there_gives_the_reason)
{
    const char *reason = NULL;
    ck_assert(!compile_model(&model, &sources, &diags, path_of("none.flow"), &reason));
    ck_assert_ptr_nonnull(reason);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("model");
    TCase *c = tcase_create("model");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_run_starts_at_main_else_at_the_first_flow);
    tcase_add_test(c, an_endpoint_has_its_defaults_and_a_node_its_own_limits);
    tcase_add_test(c, routes_are_sorted_by_label_and_keep_the_order_of_the_arms);
    tcase_add_test(c, a_retry_has_its_labels_and_pauses);
    tcase_add_test(c, only_a_node_that_reads_headers_uses_them);
    tcase_add_test(c, inputs_come_first_among_the_variables);
    tcase_add_test(c, a_variable_has_the_join_of_all_that_is_assigned);
    tcase_add_test(c, a_type_that_would_grow_for_ever_becomes_any);
    tcase_add_test(c, a_secret_reaches_every_variable_that_is_made_from_it);
    tcase_add_test(c, a_long_chain_of_assignments_keeps_the_secret);
    tcase_add_test(c, constants_are_calculated_in_any_order);
    tcase_add_test(c, what_nobody_needs_of_an_imported_file_is_not_in_the_program);
    tcase_add_test(c, arms_give_their_values_types);
    tcase_add_test(c, parsing_alone_gives_the_trees_of_all_files_and_no_meaning);
    tcase_add_test(c, binding_without_checks_says_what_a_name_means);
    tcase_add_test(c, binding_reports_unknown_names_and_the_checks_the_rest);
    tcase_add_test(c, each_flow_keeps_what_binding_noted_of_it);
    tcase_add_test(c, final_indices_come_after_the_checks);
    tcase_add_test(c, a_file_that_is_not_there_gives_the_reason);
    suite_add_tcase(s, c);
    return suite_main(s);
}
