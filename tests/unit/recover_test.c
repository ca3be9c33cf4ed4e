/* Mistakes of spelling and syntax: one message each, and reading goes on. */
#include "syntax/parse.h"

#include "tests/unit/suite.h"
#include "tests/unit/support_flow.h"

#include <string.h>

struct parsed {
    struct sources sources;
    struct arena arena;
    struct intern words;
    struct diags diags;
    struct ast *ast;
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
    diags_release(&p->diags);
    intern_release(&p->words);
    arena_release(&p->arena);
    sources_release(&p->sources);
}

/* "2:5 E0201 message" for each message, one per line, in the order of their places. */
static void print_short(struct parsed *p, struct bytes *out)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    diags_print(&p->diags, &p->sources, (struct diag_style){ .format = DIAG_SHORT }, file);
    fclose(file);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        unsigned row = 0;
        unsigned column = 0;
        sscanf(line, "t.flow:%u:%u:", &row, &column);
        const char *code = strchr(line, '[') + 1;
        const char *message = strstr(line, "]: ") + 3;
        bytes_printf(out, "%u:%u %.5s %.*s\n", row, column, code,
                     (int)(strchr(message, '\n') - message), message);
    }
    free(text);
}

static void check_messages(const char *text, const char *messages)
{
    struct parsed p;
    struct bytes got = { 0 };
    parse_bytes(&p, text, strlen(text));
    print_short(&p, &got);
    ck_assert_str_eq(bytes_text(&got), messages);
    bytes_release(&got);
    parsed_release(&p);
}

/* One message for a node n with this body, in the second line, at this column. */
static void check_node(const char *body, unsigned column, const char *message)
{
    struct bytes source = { 0 };
    struct bytes wanted = { 0 };
    bytes_printf(&source, "flow f { node n {\n%s\n}\nnode m { -> end }\n}\n", body);
    bytes_printf(&wanted, "2:%u %s\n", column, message);
    check_messages(bytes_text(&source), bytes_text(&wanted));
    bytes_release(&source);
    bytes_release(&wanted);
}

START_TEST(signs_of_other_languages_are_understood)
{
    check_node("=> m", 1, "E0201 expected `->`, found `=>`");
    check_node("\xE2\x86\x92 m", 1, "E0201 expected `->`, found `\xE2\x86\x92`");
    check_node("if a && b -> m else -> end", 6, "E0201 expected `and`, found `&&`");
    check_node("if a & b -> m else -> end", 6, "E0201 expected `and`, found `&`");
    check_node("if a || b -> m else -> end", 6, "E0201 expected `or`, found `||`");
    check_node("if !a -> m else -> end", 4, "E0201 expected `not`, found `!`");
    check_node("if a === b -> m else -> end", 6, "E0201 expected `==`, found `===`");
    check_node("if a = b -> m else -> end", 6, "E0201 expected `==`, found `=`");
    check_node("a == b -> m", 3, "E0201 expected `=`, found `==`");
    check_node("call f(a = 1) ok -> m", 10, "E0201 expected `:`, found `=`");
    check_node("GET e \"\" header A = 1 200 -> m", 19, "E0201 expected `:`, found `=`");
    check_node("GET e \"\" 404: -> m 200 -> m", 13, "E0201 unexpected `:`");
    check_node("say \"a\"; say \"b\"; -> m", 8, "E0106 `;` has no meaning here");
    check_node("say \xE2\x80\x9Chi\xE2\x80\x9D -> m", 5,
               "E0106 curly quotes cannot enclose a text");
    check_node("-> m // why", 6, "E0106 a comment begins with `#`, not with `//`");
}
END_TEST

START_TEST(a_mistake_within_a_node_is_one_message)
{
    check_node("GET e \"\" 200 m", 14, "E0201 expected `->`, found `m`");
    check_node("get e \"/x\"", 5, "E0201 expected `->`, found `e`");
    check_node("200 { sya \"x\" } -> m", 11, "E0201 expected `=`, found a text");
    check_node("200 { say } -> m", 11, "E0201 expected a value, found `}`");
    check_node("200 { say \"x\" -> m }", 15,
               "E0201 expected `}` or an action: `say`, `log`, `wait` or `name = value`, found "
               "`->`");
    check_node("200 { say \"x\" -> m", 15,
               "E0201 expected `}` or an action: `say`, `log`, `wait` or `name = value`, found "
               "`->`");
    check_node("ask \"x\" ok -> m", 9, "E0201 expected `as`, found `ok`");
    check_node("if a -> m", 10, "E0201 expected `else`, found `}`");
    check_node("if a -> m elif b -> m else -> m", 11, "E0201 expected `else`, found `elif`");
    check_node("say f(1, 2 -> m", 12, "E0201 expected `,` or `)`, found `->`");
    check_node("say a[1 -> m", 9, "E0201 expected `]`, found `->`");
    check_node("say { a: } -> m", 10, "E0201 expected a value, found `}`");
    check_node("switch a { \"x\" -> m, else -> m }", 20,
               "E0201 expected `}` or a case such as `\"a\" -> node`, found `,`");
}
END_TEST

START_TEST(a_part_in_the_wrong_place_says_where_it_belongs)
{
    check_node("GET e \"\" POST e \"\"", 10,
               "E0201 a node can do only one thing, and this one already does another");
    check_node(
        "-> m -> m", 6,
        "E0201 a node can have only one arrow without an outcome, and this one already has it");
    check_node("GET e \"\" say \"x\" 200 -> m", 10,
               "E0201 an action must be at the start of the node, or in the braces of an outcome");
    check_node("GET e \"\" 200 -> m body 1", 19,
               "E0201 `body` must be before the outcomes of the node");
    check_node("GET e \"\" -> m", 10,
               "E0201 expected an outcome before `->`, such as `200` or `other`");
    check_node("ask \"x\" as y match \"^[a-z]{2}$\" ok -> m", 20,
               "E0201 a pattern needs single quotes, where `\\` and `{` have no special meaning");
    check_node("GET e \"\" timeout 10 200 -> m", 18, "E0201 a time needs a unit");
}
END_TEST

START_TEST(a_hyphen_joins_words)
{
    check_node("x = a-b -> m", 5,
               "E0201 `a-b` is read as one word, but the name of a value cannot contain `-`");
    check_messages("flow f { node a-b { -> end } }\n", "1:15 E0201 a name cannot contain `-`\n");
}
END_TEST

START_TEST(an_open_text_is_reported_at_its_quote)
{
    check_node("say \"abc -> m", 5, "E0103 this text is not closed");
    check_node("say 'abc -> m", 5, "E0103 this text is not closed");
    check_messages("flow f { node n { say \"\"\"\nabc\n", "1:23 E0103 this text is not closed\n");
}
END_TEST

START_TEST(an_open_hole_is_reported_at_its_brace)
{
    check_node("say \"abc {name\" -> m", 10, "E0103 this `{` in a text is not closed");
    check_node("say \"abc {name -> m", 10, "E0103 this `{` in a text is not closed");
    check_node("say \"a {b} {f[\"x\"] -> m", 12, "E0103 this `{` in a text is not closed");
    check_messages("flow f { node n { say \"\"\"\nabc {x\n\"\"\" -> end } }",
                   "2:5 E0103 this `{` in a text is not closed\n");
}
END_TEST

START_TEST(escapes_and_numbers_are_checked)
{
    check_node("say \"a\\qb\" -> m", 7, "E0102 unknown escape `\\q`");
    check_node("say \"a\\\xC3\xA4\" -> m", 7, "E0102 unknown escape `\\\xC3\xA4`");
    check_node("say \"\\u{D800}\" -> m", 6, "E0102 `\\u{D800}` is not a Unicode character");
    check_node("say \"\\u{110000}\" -> m", 6, "E0102 `\\u{110000}` is not a Unicode character");
    check_node("say \"\\u{}\" -> m", 6, "E0102 `\\u{}` is not a Unicode character");
    check_node("x = 9223372036854775808 -> m", 5,
               "E0104 the number `9223372036854775808` is too large");
    check_node("x = 3 - 9223372036854775808 -> m", 9,
               "E0104 the number `9223372036854775808` is too large");
    check_node("x = 1e400 -> m", 5, "E0104 the number `1e400` is too large");
    check_node("wait 999999999999999d -> m", 6,
               "E0104 the duration `999999999999999d` is too large");
    check_node("wait 10minutes -> m", 6, "E0201 `10minutes` is not a number");
    check_node("say \xC3\xA4 -> m", 5, "E0106 unexpected character `\xC3\xA4`");
    check_node("say \"{\\\"a\\\"}\" -> m", 7, "E0106 `\\` has a meaning only inside a text");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_reported_once)
{
    check_messages("# gr\xFC\xDF\nsecret \xE9", "1:5 E0101 this is not UTF-8\n");
    check_messages("\xFF\xFEs\0e\0", "1:1 E0101 this file is UTF-16\n");
    check_messages("# \xE2\x80\xAE\n", "1:3 E0105 this invisible character reorders the text\n");
    check_messages("secret\xE2\x80\x8F s\n",
                   "1:7 E0105 this invisible character reorders the text\n");
}
END_TEST

START_TEST(a_byte_0_is_reported_and_reading_goes_on)
{
    struct parsed p;
    parse_bytes(&p, "secret a \0 secret b", 19);
    ck_assert_uint_eq(p.diags.len, 1);
    ck_assert_int_eq(p.diags.items[0]->code, E0106);
    ck_assert_ptr_nonnull(p.ast->decls->next);
    parsed_release(&p);
}
END_TEST

START_TEST(a_missing_brace_is_reported_where_it_is_missing)
{
    check_messages("flow f {\n    node a {\n        -> b\n    node b { -> end }\n}\n",
                   "3:13 E0201 expected `}` before the next `node`\n");
    check_messages("flow f {\n    node a { -> end }\nflow g {\n    node b { -> end }\n}\n",
                   "2:22 E0201 expected `}` before the next declaration\n");
    check_messages("flow f {\n    node a { -> end }\n",
                   "2:22 E0201 expected `}` before the end of the file\n");
    check_messages("flow f {\n    node a\n        -> end\n    }\n    node b { -> end }\n}\n",
                   "2:11 E0201 expected `{`, found `->`\n");
    check_messages("flow f { node a { -> end } } }\nsecret s\n",
                   "1:30 E0201 expected a declaration such as `endpoint` or `flow`, found `}`\n");
}
END_TEST

START_TEST(a_node_in_a_node_is_one_message)
{
    check_messages("flow f {\n    node a {\n        say 1\n        node b { -> end }\n"
                   "        -> end\n    }\n    node c { -> end }\n}\n",
                   "4:9 E0201 a node cannot be inside another node\n");
}
END_TEST

START_TEST(declarations_go_on_after_a_mistake)
{
    check_messages("nod x { a b }\nsecret a\ncontst b = 1\nsecret c\n",
                   "1:1 E0201 expected a declaration such as `endpoint` or `flow`, found `nod`\n"
                   "3:1 E0201 expected a declaration such as `endpoint` or `flow`, found "
                   "`contst`\n");
}
END_TEST

START_TEST(eleven_mistakes_are_eleven_messages)
{
    check_messages(
        "endpoint shop {\n"
        "    url,\n"
        "    timeout 30s\n"
        "}\n"
        "cosnt a = 1\n"
        "flow f(name text) {\n"
        "    node a { -> end }\n"
        "}\n"
        "flow g {\n"
        "    node a {\n"
        "        GET shop \"/x\n"
        "        200 => b\n"
        "        other b\n"
        "        error { say } -> b\n"
        "    }\n"
        "    node b { say \"{x\" -> end }\n"
        "    node c { if x = 1 -> b else -> end }\n"
        "    node d { x = a-b -> end }\n"
        "    node e {\n"
        "        -> end\n"
        "}\n",
        "2:8 E0201 expected a value, found `,`\n"
        "5:1 E0201 expected a declaration such as `endpoint` or `flow`, found `cosnt`\n"
        "6:13 E0201 expected `:`, found `text`\n"
        "11:18 E0103 this text is not closed\n"
        "12:13 E0201 expected `->`, found `=>`\n"
        "13:15 E0201 expected `->`, found `b`\n"
        "14:21 E0201 expected a value, found `}`\n"
        "16:19 E0103 this `{` in a text is not closed\n"
        "17:19 E0201 expected `==`, found `=`\n"
        "18:18 E0201 `a-b` is read as one word, but the name of a value cannot contain `-`\n"
        "21:2 E0201 expected `}` before the end of the file\n");
}
END_TEST

START_TEST(a_node_that_lost_a_part_is_bad_and_its_neighbours_are_not)
{
    struct parsed p;
    const char *text = "flow f {\n    node a { GET e \"\" 200 b }\n    node b { -> end }\n}\n";
    parse_bytes(&p, text, strlen(text));
    const struct node *a = p.ast->decls->nodes;
    ck_assert_int_eq(a->kind, NODE_BAD);
    ck_assert_str_eq(a->next->name.text, "b");
    ck_assert_int_eq(a->next->kind, NODE_PLAIN);
    parsed_release(&p);
}
END_TEST

/* const x = OPEN OPEN … 1 … CLOSE CLOSE */
static void nest(struct bytes *out, const char *open, const char *close, int depth)
{
    bytes_clear(out);
    bytes_add_text(out, "const x = ");
    for (int i = 0; i < depth; i++)
        bytes_add_text(out, open);
    bytes_add_text(out, "1");
    for (int i = 0; i < depth; i++)
        bytes_add_text(out, close);
}

static void check_nesting(const char *open, const char *close, int depth, size_t errors)
{
    struct parsed p;
    struct bytes source = { 0 };
    nest(&source, open, close, depth);
    parse_bytes(&p, source.data, source.len);
    ck_assert_uint_eq(p.diags.errors, errors);
    if (errors > 0)
        ck_assert_int_eq(p.diags.items[0]->code, E0202);
    bytes_release(&source);
    parsed_release(&p);
}

START_TEST(nesting_has_a_limit)
{
    check_nesting("(", ")", 200, 0);
    check_nesting("(", ")", 201, 1);
    check_nesting("[", "]", 100000, 1);
    check_nesting("{ a: ", "}", 100000, 1);
    check_nesting("\"{", "}\"", 100000, 1);
    check_nesting("f(", ")", 100000, 1);
}
END_TEST

START_TEST(chains_have_a_limit)
{
    check_nesting("1 + ", "", 900, 0);
    check_nesting("1 + ", "", 50000, 1);
    check_nesting("- ", "", 100000, 1);
    check_nesting("not ", "", 100000, 1);
    check_nesting("", ".a", 5000, 1);
    check_nesting("if a then b else ", "", 100000, 1);
}
END_TEST

START_TEST(types_nest_200_deep_at_most)
{
    struct parsed p;
    struct bytes source = { 0 };
    bytes_add_text(&source, "config x: ");
    for (int i = 0; i < 100000; i++)
        bytes_add_text(&source, i % 2 ? "[" : "{ a: ");
    parse_bytes(&p, source.data, source.len);
    ck_assert_uint_eq(p.diags.errors, 1);
    ck_assert_int_eq(p.diags.items[0]->code, E0202);
    bytes_release(&source);
    parsed_release(&p);
}
END_TEST

/* Each of them made the parser take the same token for ever. */
START_TEST(a_mistake_in_the_braces_of_each_is_one_message)
{
    check_node("each n in l { call g(a 1) } ok -> m fail -> m", 24,
               "E0201 expected `:`, found `1`");
    check_node("each n in l { call g a: n) } ok -> m fail -> m", 22,
               "E0201 expected `}` or `(`, found `a`");
    check_node("each n in l { call g(a: n } ok -> m fail -> m", 27,
               "E0201 expected `,` or `)`, found `}`");
    check_node("each n in l { call g(a:)n) } ok -> m fail -> m", 24,
               "E0201 expected a value, found `)`");
    check_node("each n in l { say n } ok -> m fail -> m", 15, "E0201 expected `call`, found `say`");
    check_node("each n in l { } ok -> m fail -> m", 15, "E0201 expected `call`, found `}`");
    check_node("each n in l { call g(a: n) call g(a: n) } ok -> m fail -> m", 28,
               "E0201 expected `}`, found `call`");
}
END_TEST

/* The text is read to its end: the parser was not given up for stuck. */
static void check_no_stop(const char *text, size_t len)
{
    struct parsed p;
    parse_bytes(&p, text, len);
    for (size_t i = 0; i < p.diags.len; i++)
        ck_assert_ptr_null(strstr(p.diags.items[i]->message, "too much is wrong"));
    parsed_release(&p);
}

/* Skipping went past the brace that closed the actions, for a comma stood before it; then there was
 * nothing left to close, again and again. */
START_TEST(a_brace_after_a_comma_closes_the_actions)
{
    static const char text[] = "flow f{node c b{],}\nb";
    check_no_stop(text, sizeof(text) - 1);
}
END_TEST

START_TEST(any_three_words_in_braces_of_any_kind_are_read_to_the_end)
{
    static const char *const lists[] = { "endpoint e ",
                                         "flow f ",
                                         "flow f { node n ",
                                         "test \"t\" ",
                                         "flow f { node n { each x in l ",
                                         "flow f { node n { parallel ",
                                         "flow f { node n { switch x ",
                                         "flow f { node n { ok " };
    static const char *const words[] = { "{", "}",          "(",    "->",   "call", "g",
                                         ",", "\nnode b {", "else", "\"{x", "",     "\n}" };
    const size_t count = sizeof(words) / sizeof(*words);
    for (size_t list = 0; list < sizeof(lists) / sizeof(*lists); list++) {
        for (size_t i = 0; i < count * count * count; i++) {
            char text[200];
            int len = snprintf(text, sizeof(text), "%s%s %s %s", lists[list], words[i % count],
                               words[i / count % count], words[i / count / count]);
            check_no_stop(text, (size_t)len);
        }
    }
}
END_TEST

START_TEST(the_long_example_has_no_mistake)
{
    check_messages(support_flow, "");
}
END_TEST

START_TEST(every_beginning_of_the_long_example_is_survived)
{
    for (size_t len = 0; len < sizeof(support_flow); len++) {
        struct parsed p;
        parse_bytes(&p, support_flow, len);
        ck_assert_ptr_nonnull(p.ast);
        ck_assert_uint_le(p.diags.errors, 2);
        parsed_release(&p);
    }
}
END_TEST

/* The example with the byte at i taken out or changed. */
START_TEST(every_changed_byte_of_the_long_example_is_survived)
{
    static const char others[] = "{}()\"'->:=,x1 \n\\\xFF";
    char text[sizeof(support_flow)];
    for (size_t i = 0; i + 1 < sizeof(support_flow); i++) {
        struct parsed p;
        memcpy(text, support_flow, sizeof(text));
        text[i] = others[i % (sizeof(others) - 1)];
        parse_bytes(&p, text, sizeof(text) - 1);
        ck_assert_uint_le(p.diags.errors, 6);
        parsed_release(&p);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("recover");
    TCase *c = tcase_create("mistakes");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, signs_of_other_languages_are_understood);
    tcase_add_test(c, a_mistake_within_a_node_is_one_message);
    tcase_add_test(c, a_part_in_the_wrong_place_says_where_it_belongs);
    tcase_add_test(c, a_hyphen_joins_words);
    tcase_add_test(c, an_open_text_is_reported_at_its_quote);
    tcase_add_test(c, an_open_hole_is_reported_at_its_brace);
    tcase_add_test(c, escapes_and_numbers_are_checked);
    tcase_add_test(c, bytes_that_are_no_text_are_reported_once);
    tcase_add_test(c, a_byte_0_is_reported_and_reading_goes_on);
    tcase_add_test(c, a_missing_brace_is_reported_where_it_is_missing);
    tcase_add_test(c, a_node_in_a_node_is_one_message);
    tcase_add_test(c, declarations_go_on_after_a_mistake);
    tcase_add_test(c, eleven_mistakes_are_eleven_messages);
    tcase_add_test(c, a_node_that_lost_a_part_is_bad_and_its_neighbours_are_not);
    tcase_add_test(c, nesting_has_a_limit);
    tcase_add_test(c, chains_have_a_limit);
    tcase_add_test(c, types_nest_200_deep_at_most);
    tcase_add_test(c, a_mistake_in_the_braces_of_each_is_one_message);
    tcase_add_test(c, a_brace_after_a_comma_closes_the_actions);
    tcase_add_test(c, any_three_words_in_braces_of_any_kind_are_read_to_the_end);
    tcase_add_test(c, the_long_example_has_no_mistake);
    tcase_add_test(c, every_beginning_of_the_long_example_is_survived);
    tcase_add_test(c, every_changed_byte_of_the_long_example_is_survived);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
