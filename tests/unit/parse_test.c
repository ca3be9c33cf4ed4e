#include "syntax/parse.h"

#include "tests/unit/suite.h"
#include "tests/unit/tree.h"

#include <string.h>

struct parsed {
    struct sources sources;
    struct arena arena;
    struct intern words;
    struct diags diags;
    struct ast *ast;
    struct bytes tree;
};

static void parse_bytes(struct parsed *p, const char *text, size_t len)
{
    *p = (struct parsed){ 0 };
    p->words.arena = &p->arena;
    struct source *source = sources_add(&p->sources, "t.flow", text, len);
    p->ast = parse(&p->arena, &p->words, source, &p->diags);
}

static void parsed_release(struct parsed *p)
{
    bytes_release(&p->tree);
    diags_release(&p->diags);
    intern_release(&p->words);
    arena_release(&p->arena);
    sources_release(&p->sources);
}

static void check_tree(const char *text, const char *tree)
{
    struct parsed p;
    parse_bytes(&p, text, strlen(text));
    dump_ast(&p.tree, p.ast);
    for (size_t i = 0; i < p.diags.len; i++)
        ck_abort_msg("%s: %s", text, p.diags.items[i]->message);
    ck_assert_str_eq(bytes_text(&p.tree), tree);
    parsed_release(&p);
}

/* The tree of the expression of a constant. */
static void check_expr(const char *text, const char *tree)
{
    struct parsed p;
    struct bytes source = { 0 };
    bytes_printf(&source, "const x = %s", text);
    parse_bytes(&p, source.data, source.len);
    for (size_t i = 0; i < p.diags.len; i++)
        ck_abort_msg("%s: %s", text, p.diags.items[i]->message);
    ck_assert_ptr_nonnull(p.ast->decls);
    dump_expr(&p.tree, p.ast->decls->value);
    ck_assert_str_eq(bytes_text(&p.tree), tree);
    bytes_release(&source);
    parsed_release(&p);
}

/* The tree of a node n with this body. */
static void check_node(const char *body, const char *tree)
{
    struct bytes source = { 0 };
    struct bytes whole = { 0 };
    bytes_printf(&source, "flow f { node n { %s } }", body);
    bytes_printf(&whole, "(flow f (node n %s))", tree);
    check_tree(bytes_text(&source), bytes_text(&whole));
    bytes_release(&source);
    bytes_release(&whole);
}

START_TEST(operators_bind_as_the_language_says)
{
    check_expr("1 + 2 * 3", "(+ 1 (* 2 3))");
    check_expr("1 - 2 - 3", "(- (- 1 2) 3)");
    check_expr("-a.b * 2", "(* (neg (. a b)) 2)");
    check_expr("a + 1 < b", "(< (+ a 1) b)");
    check_expr("not a == b", "(not (== a b))");
    check_expr("a and not b or c and d", "(or (and a (not b)) (and c d))");
    check_expr("a or b ?? c", "(?\? (or a b) c)");
    check_expr("a in b and c != d", "(and (in a b) (!= c d))");
    check_expr("(a + b) % c / d", "(/ (% (+ a b) c) d)");
    check_expr("if a then b else if c then d else e", "(if a b (if c d e))");
    check_expr("a >= b or a <= c or a > d", "(or (or (>= a b) (<= a c)) (> a d))");
}
END_TEST

START_TEST(a_comparison_is_not_chained)
{
    struct parsed p;
    const char *text = "const x = 1 < 2 < 3";
    parse_bytes(&p, text, strlen(text));
    ck_assert_uint_eq(p.diags.errors, 1);
    parsed_release(&p);
}
END_TEST

START_TEST(postfix_forms_nest_from_the_left)
{
    check_expr("a.b[0].c", "(. (at (. a b) 0) c)");
    check_expr("a[\"k\"][].title", "(. (each (at a \"k\")) title)");
    check_expr("join(a.b[], \", \")", "(call join (each (. a b)) \", \")");
    check_expr("f()", "(call f)");
}
END_TEST

START_TEST(literals_have_their_values)
{
    check_expr("1_000", "1000");
    check_expr("4.5", "4.5n");
    check_expr("1e3", "1000n");
    check_expr("[250ms, 2s, 10m, 1h, 2d]", "(list 250ms 2000ms 600000ms 3600000ms 172800000ms)");
    check_expr("[true, false, null,]", "(list true false null)");
    check_expr("{ a: 1, \"b c\": 2, X-Id: 3, max-response: 4, end: 5, }",
               "{a: 1, b c: 2, X-Id: 3, max-response: 4, end: 5}");
    check_expr("[{}, []]", "(list {} (list))");
    check_expr("9223372036854775807", "9223372036854775807");
    check_expr("-9223372036854775808", "-9223372036854775808");
}
END_TEST

START_TEST(keywords_are_names_where_a_name_stands)
{
    check_expr("url + header + timeout + text + max + on + when_",
               "(+ (+ (+ (+ (+ (+ url header) timeout) text) max) on) when_)");
    check_expr("body.error.end.if", "(. (. (. body error) end) if)");
    check_expr("max(1, 2)", "(call max 1 2)");
    check_expr("{ node: 1, flow: 2, true: 3 }", "{node: 1, flow: 2, true: 3}");
    check_tree("secret start secret test", "(secret start)\n(secret test)");
    check_node("text = body header = 1 wait = 2 -> say",
               "(text = body) (header = 1) (wait = 2) plain -> say");
}
END_TEST

START_TEST(a_text_without_a_hole_is_its_bytes)
{
    check_expr("\"\"", "\"\"");
    check_expr("\"a } b\"", "\"a } b\"");
    check_expr("'a{b}\\n'", "\"a{b}\\n\"");
    check_expr("\"q\\\" b\\\\ \\{x\\} \\u{41}\\u{20AC}\"", "\"q\" b\\ {x} A\xE2\x82\xAC\"");
    check_expr("\"a\\nb\"", "\"a\\nb\"");
}
END_TEST

START_TEST(a_text_with_holes_alternates)
{
    check_expr("\"{a}\"", "(text a)");
    check_expr("\"Hi {a + 1}, {b}{c}!\"", "(text \"Hi \" (+ a 1) \", \" b c \"!\")");
    check_expr("\"{ {a: 1}.a }\"", "(text (. {a: 1} a))");
    check_expr("\"{join(a, \", \")}: {\"{b}\"}\"", "(text (call join a \", \") \": \" (text b))");
    check_expr("\"{\"x\"}\"", "(text \"x\")");
}
END_TEST

START_TEST(a_text_over_lines_loses_its_indentation)
{
    check_expr("\"\"\"\n    a\n      b {x}\n\n    c\n    \"\"\"",
               "(text \"a\\n  b \" x \"\\n\\nc\")");
    check_expr("\"\"\"one\"\"\"", "\"one\"");
    check_expr("\"\"\"\r\n\ta \"quoted\"\r\n\tb\r\n\"\"\"", "\"a \"quoted\"\\nb\"");
    check_expr("\"\"\"\n    {x}\n  {y}\n\"\"\"", "(text \"  \" x \"\\n\" y)");
    check_expr("\"\"\"\n    a\\n  b\n    \"\"\"", "\"a\\n  b\"");
    check_expr("\"\"\"\n\"\"\"", "\"\"");
    check_expr("\"\"\"\n  {\n  a\n  }\n  \"\"\"", "(text a)");
}
END_TEST

START_TEST(declarations)
{
    check_tree("import a, B as C from \"lib/x.flow\"", "(import a=a C=B from lib/x.flow)");
    check_tree("const n = 1 config u: text = \"x\" config v: int secret s",
               "(const n 1)\n(config u: text \"x\")\n(config v: int)\n(secret s)");
    check_tree("type T { a: text, b: int?, c: [Item], d: { e: bool }?, }",
               "(type T: {a: text, b: int?, c: [Item], d: {e: bool}?})");
    check_tree("", "");
    check_tree("# only a comment", "");
}
END_TEST

START_TEST(all_settings_of_an_endpoint)
{
    check_tree("endpoint e {\n"
               "url base auth bearer key auth basic \"u\", p\n"
               "header A-B: 1, \"c\": 2 query q: x, q: y separator semicolon\n"
               "connect 1s timeout 250ms within 2m connections 32 wait 2s connections 4\n"
               "redirects 3 max-response 10MB tls { verify: false }\n"
               "retry 2 on timeout, 503, 5xx, max-connection backoff 250ms..2s\n"
               "retry 1 on error backoff 1s retry 3 on 429\n"
               "tiemout 5s pool 3 headers X: 1 }",
               "(endpoint e (url base) (bearer key) (basic \"u\" p) (header {A-B: 1, c: 2})"
               " (query {q: x, q: y}) (separator semicolon) (connect 1000) (timeout 250)"
               " (within 120000) (connections 32 wait 2000) (connections 4) (redirects 3)"
               " (max-response 10485760) (tls {verify: false})"
               " (retry 2 on timeout,503,5xx,max-connection backoff 250..2000)"
               " (retry 1 on error backoff 1000..1000) (retry 3 on 429)"
               " (UNKNOWN tiemout 5000ms) (UNKNOWN pool 3) (UNKNOWN headers {X: 1}))");
}
END_TEST

START_TEST(flows_have_inputs_a_result_and_variables)
{
    check_tree("flow f(a: text, b: [int] = [1],) -> { ok: bool } {\n"
               "    var x = 1 var y: text? = null\n"
               "    node n { -> end }\n"
               "}\n"
               "flow g() { node n { -> fail } }",
               "(flow f: {ok: bool} (in a: text) (in b: [int] (list 1)) (var x 1)"
               " (var y: text? null) (node n plain -> end))\n"
               "(flow g (node n plain -> fail))");
}
END_TEST

START_TEST(targets)
{
    check_node("-> a", "plain -> a");
    check_node("-> a max 3 else b", "plain -> a max 3 else b");
    check_node("-> flow g(x: 1, y: \"z\",)", "plain -> flow g x: 1 y: \"z\"");
    check_node("-> flow g max 2 else end { a: 1 }", "plain -> flow g max 2 else end {a: 1}");
    check_node("-> fail (\"no\")", "plain -> fail \"no\"");
}
END_TEST

START_TEST(a_call_of_an_api)
{
    check_node("say \"x\" log y wait 3s z = 1 POST e \"/a/{id}\" header X-A: 1 query q: [1], r: 2\n"
               "body { a: 1 } connect 1s timeout 2s within 3s separator ampersand\n"
               "retry 1 on 503\n"
               "200 as Order when body.ok { order = body } -> next\n"
               "400, 2xx, other { log \"{status}\" wait 1s } -> n max 2 else end\n"
               "error, timeout -> end  fail -> end  max-connection -> end",
               "(say \"x\") (log y) (wait 3000ms) (z = 1) api POST e (text \"/a/\" id)"
               " (header {X-A: 1}) (query {q: (list 1), r: 2}) (body {a: 1}) (connect 1000)"
               " (timeout 2000) (within 3000) (separator ampersand) (retry 1 on 503)"
               " [200 as Order when (. body ok) (order = body) -> next]"
               " [400,2xx,other (log (text status)) (wait 1000ms) -> n max 2 else end]"
               " [error,timeout -> end] [fail -> end] [max-connection -> end]");
    check_node("PUT e \"\" form { a: 1 } 200 -> end", "api PUT e \"\" (form {a: 1}) [200 -> end]");
    check_node("PATCH e \"\" text \"t\" xml \"<a/>\" 200 -> end",
               "api PATCH e \"\" (text \"t\") (xml \"<a/>\") [200 -> end]");
    check_node("HEAD e \"\" tiemout 5s 200 -> end",
               "api HEAD e \"\" (UNKNOWN tiemout) [200 -> end]");
    check_node("DELETE e \"\" Other -> a max_connection -> b",
               "api DELETE e \"\" [Other -> a] [max_connection -> b]");
}
END_TEST

START_TEST(the_other_things_a_node_does)
{
    check_node("ask \"q\" as a: int choices 1, 2 match '^[0-9]$' timeout 10m\n"
               "ok -> x invalid { say \"?\" } -> n timeout -> y",
               "ask \"q\" as a: int (choices 1 2) (match \"^[0-9]$\") (timeout 600000)"
               " [ok -> x] [invalid (say \"?\") -> n] [timeout -> y]");
    check_node("if a > 1 -> x else if b -> y max 2 else z else -> w",
               "if [if (> a 1) -> x] [if b -> y max 2 else z] [else -> w]");
    check_node("switch a.b { \"x\", -1 { say c } -> p  true, null, k -> q  else { log d } -> r }",
               "switch (. a b) [case \"x\" (neg 1) (say c) -> p] [case true null k -> q]"
               " [else (log d) -> r]");
    check_node("call g(a: 1) ok -> x fail { log error.message } -> y",
               "call g a: 1 [ok -> x] [fail (log (. error message)) -> y]");
    check_node("each i in list concurrency 4 { call g(a: i) } ok -> x fail -> y",
               "each list as i by 4 g a: i [ok -> x] [fail -> y]");
    check_node("each i in [1] { call g } ok -> x", "each (list 1) as i by 1 g [ok -> x]");
    check_node("parallel { a: call g(x: 1) b: call h } ok -> x fail -> y",
               "parallel [a: g x: 1] [b: h] [ok -> x] [fail -> y]");
}
END_TEST

START_TEST(tests_of_flows)
{
    check_tree("test \"t\" {\n"
               "start f(a: 1) reply n: 200 { x: 1 } reply g.n: timeout reply n: 500 \"no\"\n"
               "reply n: 200 [1] reply n: max-connection reply c: fail { kind: \"x\" }\n"
               "answer q: \"y\" answer q: timeout\n"
               "expect visit a, g.b expect say \"hi\" expect end { r: 1 } expect end\n"
               "expect fail { r: 2 } expect request n: { method: \"GET\" } }",
               "(test t (start f a: 1) (reply n 200 {x: 1}) (reply g.n timeout)"
               " (reply n 500 \"no\") (reply n 200 (list 1)) (reply n max-connection)"
               " (reply c fail {kind: \"x\"}) (answer q \"y\") (answer q timeout)"
               " (expect-visit a g.b) (expect-say \"hi\") (expect-end {r: 1}) (expect-end)"
               " (expect-fail {r: 2}) (expect-request n {method: \"GET\"}))");
}
END_TEST

static const struct node *find_node(const struct decl *flow, const char *name)
{
    for (const struct node *node = flow->nodes; node; node = node->next)
        if (strcmp(node->name.text, name) == 0)
            return node;
    ck_abort_msg("no node %s", name);
    return NULL;
}

START_TEST(doc_lines_belong_to_what_follows)
{
    struct parsed p;
    const char *text =
        "## One.\n##\n## Two.\nflow f {\n    # no\n    ## Node.\n    node n { -> end }\n"
        "\n    ## not this\n\n    node m { -> end }\n}\n";
    parse_bytes(&p, text, strlen(text));
    ck_assert_uint_eq(p.diags.len, 0);
    ck_assert_str_eq(p.ast->decls->doc, "One.\n\nTwo.");
    ck_assert_str_eq(find_node(p.ast->decls, "n")->doc, "Node.");
    ck_assert_ptr_null(find_node(p.ast->decls, "m")->doc);
    parsed_release(&p);
}
END_TEST

START_TEST(spans_are_where_the_words_are)
{
    struct parsed p;
    const char *text;
    text = "flow f {\n    node n { GET shop \"/x\" 200 -> a }\n}";
    parse_bytes(&p, text, strlen(text));
    const struct node *node = find_node(p.ast->decls, "n");
    ck_assert_uint_eq(node->name.span.start, 18);
    ck_assert_uint_eq(node->name.span.end, 19);
    ck_assert_uint_eq(node->verb_span.start, 22);
    ck_assert_uint_eq(node->verb->endpoint.span.end, 30);
    ck_assert_uint_eq(node->arms->labels->word.span.start, 36);
    ck_assert_uint_eq(node->arms->arrow.to.span.start, 43);
    ck_assert_uint_eq(node->span.end, 46);
    ck_assert_uint_eq(p.ast->decls->span.end, strlen(text));
    parsed_release(&p);
}
END_TEST

START_TEST(equal_words_are_one_pointer)
{
    struct parsed p;
    const char *text = "const abc = abc";
    parse_bytes(&p, text, strlen(text));
    ck_assert_ptr_eq(p.ast->decls->name.text, p.ast->decls->value->word.text);
    parsed_release(&p);
}
END_TEST

START_TEST(a_byte_order_mark_is_skipped)
{
    check_tree("\xEF\xBB\xBFsecret s", "(secret s)");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("parse");
    TCase *c = tcase_create("trees");
    tcase_add_test(c, operators_bind_as_the_language_says);
    tcase_add_test(c, a_comparison_is_not_chained);
    tcase_add_test(c, postfix_forms_nest_from_the_left);
    tcase_add_test(c, literals_have_their_values);
    tcase_add_test(c, keywords_are_names_where_a_name_stands);
    tcase_add_test(c, a_text_without_a_hole_is_its_bytes);
    tcase_add_test(c, a_text_with_holes_alternates);
    tcase_add_test(c, a_text_over_lines_loses_its_indentation);
    tcase_add_test(c, declarations);
    tcase_add_test(c, all_settings_of_an_endpoint);
    tcase_add_test(c, flows_have_inputs_a_result_and_variables);
    tcase_add_test(c, targets);
    tcase_add_test(c, a_call_of_an_api);
    tcase_add_test(c, the_other_things_a_node_does);
    tcase_add_test(c, tests_of_flows);
    tcase_add_test(c, doc_lines_belong_to_what_follows);
    tcase_add_test(c, spans_are_where_the_words_are);
    tcase_add_test(c, equal_words_are_one_pointer);
    tcase_add_test(c, a_byte_order_mark_is_skipped);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
