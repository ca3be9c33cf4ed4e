#include "suite.h"

#include "assemble.h"

#include "engine/start.h"

#include <openssl/evp.h>

/* An image with what the tests declare, and what starting it says. */
static struct {
    struct image *image;
    struct program *program;
    struct bytes problems;
} t;

static const char *environment(const char *name)
{
    if (strcmp(name, "FLOW_FROM_ENV") == 0)
        return "outside";
    return strcmp(name, "FLOW_KEY") == 0 ? "s3cr3t/+key" : NULL;
}

static void setup(void)
{
    t.image = ASM_FLOW(1, word_abc(OPCODE_ENDNONE, 0, 0, 0));
}

static void teardown(void)
{
    start_free(t.program);
    image_free(t.image);
    bytes_release(&t.problems);
    memset(&t, 0, sizeof t);
}

/* Declares a config of type any, int or text (0, 1, 2); code NULL: no default. */
static void config(const char *name, uint32_t type, const uint32_t *code, uint32_t count)
{
    uint32_t text = asm_text(t.image, name);
    uint32_t function = IMAGE_NONE;
    if (code) {
        asm_function(t.image, IMAGE_SETUP_CONFIG, 1, code, count);
        function = t.image->function_count - 1;
    }
    *ASM_ROW(t.image, configs, config_count) =
        (struct image_config){ .name = text, .type = type, .function = function };
}

static void secret(const char *name)
{
    uint32_t text = asm_text(t.image, name);
    *ASM_ROW(t.image, secrets, secret_count) = text;
}

static void start_with(const struct setting_pair *sets, size_t count)
{
    char *problem = verify_image(t.image);
    ck_assert_msg(problem == NULL, "%s", problem);
    struct start_options o = { .sets = sets, .set_count = count, .environment = environment };
    t.program = start_program(t.image, &o, &t.problems);
}

#define ASSERT_PROBLEMS(text)                                                                      \
    do {                                                                                           \
        ck_assert_ptr_null(t.program);                                                             \
        ck_assert_str_eq(bytes_text(&t.problems), text);                                           \
    } while (0)

START_TEST(a_config_that_nobody_sets_has_its_default)
{
    const uint32_t code[] = { word_ax(OPCODE_LOADINT, 0, 5), word_abc(OPCODE_RETURN, 0, 0, 0) };
    config("size", 1, code, 2);
    start_with(NULL, 0);
    ck_assert_int_eq(t.program->configs[0].integer, 5);
}
END_TEST

START_TEST(set_comes_before_the_environment)
{
    config("from_env", 2, NULL, 0);
    const struct setting_pair set = { "from_env", "given" };
    start_with(&set, 1);
    ck_assert_str_eq(t.program->configs[0].text->data, "given");
}
END_TEST

START_TEST(the_environment_comes_before_the_default)
{
    const uint32_t code[] = { word_ax(OPCODE_LOADK, 0, K_TEXT), word_abc(OPCODE_RETURN, 0, 0, 0) };
    config("from_env", 2, code, 2);
    start_with(NULL, 0);
    ck_assert_str_eq(t.program->configs[0].text->data, "outside");
}
END_TEST

START_TEST(a_default_may_name_a_config_that_is_declared_later)
{
    const uint32_t first[] = { word_ax(OPCODE_CONFIG, 0, 1), word_abc(OPCODE_RETURN, 0, 0, 0) };
    const uint32_t second[] = { word_ax(OPCODE_LOADINT, 0, 9), word_abc(OPCODE_RETURN, 0, 0, 0) };
    config("first", 1, first, 2);
    config("second", 1, second, 2);
    start_with(NULL, 0);
    ck_assert_int_eq(t.program->configs[0].integer, 9);
}
END_TEST

START_TEST(configs_that_name_each_other_are_a_problem)
{
    const uint32_t first[] = { word_ax(OPCODE_CONFIG, 0, 1), word_abc(OPCODE_RETURN, 0, 0, 0) };
    const uint32_t second[] = { word_ax(OPCODE_CONFIG, 0, 0), word_abc(OPCODE_RETURN, 0, 0, 0) };
    config("first", 1, first, 2);
    config("second", 1, second, 2);
    start_with(NULL, 0);
    ck_assert_ptr_nonnull(strstr(bytes_text(&t.problems), "config `second` is not set yet"));
}
END_TEST

START_TEST(all_that_is_missing_or_wrong_is_said_at_once)
{
    config("shop_url", 2, NULL, 0);
    config("size", 1, NULL, 0);
    secret("other_key");
    const struct setting_pair sets[] = { { "size", "many" }, { "shop_ulr", "x" } };
    start_with(sets, 2);
    ASSERT_PROBLEMS("--set shop_ulr: the program has no config of this name; did you mean "
                    "`shop_url`?\n"
                    "config `shop_url` must be set: --set shop_url=… or FLOW_SHOP_URL=… in the "
                    "environment\n"
                    "config `size`: expected int, got `many`\n"
                    "secret `other_key` is missing: set FLOW_OTHER_KEY in the environment, or in "
                    "a file for --secrets FILE\n");
}
END_TEST

START_TEST(a_secret_comes_from_the_environment_before_the_file)
{
    secret("key");
    secret("filed");
    const struct setting_pair filed[] = { { "KEY", "from the file" }, { "FILED", "in the file" } };
    struct start_options o = { .secrets = filed, .secret_count = 2, .environment = environment };
    t.program = start_program(t.image, &o, &t.problems);
    ck_assert_ptr_nonnull(t.program);
    ck_assert_str_eq(t.program->secrets[0].text->data, "s3cr3t/+key");
    ck_assert_str_eq(t.program->secrets[1].text->data, "in the file");
}
END_TEST

START_TEST(a_secret_with_a_line_break_is_refused_and_not_shown)
{
    secret("filed");
    const struct setting_pair filed = { "FILED", "abc\r\nX-Evil: 1" };
    struct start_options o = { .secrets = &filed, .secret_count = 1 };
    t.program = start_program(t.image, &o, &t.problems);
    ASSERT_PROBLEMS("secret `filed` (FLOW_FILED) holds a control character, such as a line "
                    "break\n");
}
END_TEST

START_TEST(in_a_simulation_a_secret_is_its_own_name)
{
    secret("key");
    struct start_options o = { .simulated = true };
    t.program = start_program(t.image, &o, &t.problems);
    ck_assert_str_eq(t.program->secrets[0].text->data, "key");
}
END_TEST

START_TEST(an_endpoint_is_set_up_with_its_url)
{
    t.image->functions[0].first_temp = 0;
    asm_call(t.image, 0);
    struct start_options o = { 0 };
    t.program = start_program(t.image, &o, &t.problems);
    ck_assert_ptr_nonnull(t.program);
    ck_assert_str_eq(t.program->endpoints[0].url, "http://127.0.0.1:1");
    ck_assert_uint_eq(t.program->endpoints[0].connections, 1);
    ck_assert(t.program->endpoints[0].tls.verify);
}
END_TEST

START_TEST(an_endpoint_with_a_bad_url_is_named)
{
    asm_call(t.image, 0);
    value_free_immortal(t.image->constants[K_FREE]);
    t.image->constants[K_FREE] = value_text_of("ftp://x");
    value_make_immortal(t.image->constants[K_FREE]);
    struct start_options o = { 0 };
    t.program = start_program(t.image, &o, &t.problems);
    ck_assert_ptr_null(t.program);
    ck_assert_ptr_nonnull(strstr(bytes_text(&t.problems), "endpoint `text`: "));
    ck_assert_ptr_nonnull(strstr(bytes_text(&t.problems), "got `ftp://x`"));
}
END_TEST

START_TEST(every_bad_endpoint_is_named_at_once)
{
    asm_call(t.image, 0);
    struct image_endpoint second = t.image->endpoints[0];
    second.name = asm_text(t.image, "second");
    *ASM_ROW(t.image, endpoints, endpoint_count) = second;
    value_free_immortal(t.image->constants[K_FREE]);
    t.image->constants[K_FREE] = value_text_of("ftp://x");
    value_make_immortal(t.image->constants[K_FREE]);
    struct start_options o = { 0 };
    t.program = start_program(t.image, &o, &t.problems);
    ck_assert_ptr_null(t.program);
    ck_assert_ptr_nonnull(strstr(bytes_text(&t.problems), "endpoint `text`: "));
    ck_assert_ptr_nonnull(strstr(bytes_text(&t.problems), "\nendpoint `second`: "));
}
END_TEST

START_TEST(a_match_sees_what_stands_after_a_nul)
{
    struct image_ask ask = { .match = asm_text(t.image, "^[A-Z]+$") };
    *ASM_ROW(t.image, asks, ask_count) = ask;
    struct start_options o = { 0 };
    t.program = start_program(t.image, &o, &t.problems);
    struct value good = value_text_of("AB");
    struct value bad = value_text("AB\0<script>", 11);
    ck_assert(program_matches(t.program, 0, good.text));
    ck_assert(!program_matches(t.program, 0, bad.text));
    value_unref(good);
    value_unref(bad);
}
END_TEST

static void assert_read(uint32_t type, const char *text, struct value wanted)
{
    struct value v;
    struct bytes why = { 0 };
    ck_assert_msg(program_read_value(t.image, type, text, strlen(text), &v, &why), "%s: %s", text,
                  bytes_text(&why));
    ck_assert(value_equal(v, wanted));
    value_unref(v);
    bytes_release(&why);
}

START_TEST(a_value_is_read_by_its_type)
{
    struct value list = value_list(1);
    value_list_push(&list, value_int(1));
    struct value text = value_text_of("3");
    assert_read(1, "3", value_int(3));
    assert_read(2, "3", text);
    assert_read(0, "[1]", list);
    value_unref(list);
    value_unref(text);
}
END_TEST

START_TEST(a_number_keeps_all_of_its_digits)
{
    ASM_ROW(t.image, types, type_count)->kind = IMAGE_TYPE_NUMBER;
    const char *digits = "123456789012345678901234567890";
    struct value v = value_decimal(digits, strlen(digits));
    assert_read(t.image->type_count - 1, digits, v);
    assert_read(t.image->type_count - 1, "0.5", value_number(0.5));
    value_unref(v);
}
END_TEST

START_TEST(a_value_of_another_type_is_refused_with_what_was_wanted)
{
    struct value v;
    struct bytes why = { 0 };
    ck_assert(!program_read_value(t.image, 1, "4.5", 3, &v, &why));
    ck_assert_str_eq(bytes_text(&why), "expected int, got `4.5`");
    bytes_release(&why);
}
END_TEST

/* What the program shows of a text that holds its secret in one form. */
static void assert_masked(const char *form)
{
    struct bytes b = { 0 };
    bytes_printf(&b, "before %s after", form);
    program_mask(t.program, &b);
    ck_assert_str_eq(bytes_text(&b), "before *** after");
    bytes_release(&b);
}

START_TEST(a_secret_is_masked_in_every_form)
{
    secret("key");
    start_with(NULL, 0);
    assert_masked("s3cr3t/+key");
    assert_masked("s3cr3t%2F%2Bkey");
    assert_masked("s3cr3t%2f%2bkey");
    assert_masked("733363723374"
                  "2f2b6b6579");
    assert_masked("733363723374"
                  "2F2B6B6579");
}
END_TEST

START_TEST(a_secret_within_longer_base64_is_masked)
{
    secret("key");
    start_with(NULL, 0);
    for (int before = 0; before < 3; before++) {
        char plain[64];
        unsigned char coded[128];
        int len = snprintf(plain, sizeof plain, "%.*ss3cr3t/+key", before, "ab");
        EVP_EncodeBlock(coded, (unsigned char *)plain, len);
        struct bytes b = { 0 };
        bytes_add_text(&b, (char *)coded);
        program_mask(t.program, &b);
        ck_assert_ptr_nonnull(strstr(bytes_text(&b), "***"));
        ck_assert_uint_lt(b.len, 12);
        bytes_release(&b);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("program");
    TCase *c = tcase_create("program");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_config_that_nobody_sets_has_its_default);
    tcase_add_test(c, set_comes_before_the_environment);
    tcase_add_test(c, the_environment_comes_before_the_default);
    tcase_add_test(c, a_default_may_name_a_config_that_is_declared_later);
    tcase_add_test(c, configs_that_name_each_other_are_a_problem);
    tcase_add_test(c, all_that_is_missing_or_wrong_is_said_at_once);
    tcase_add_test(c, a_secret_comes_from_the_environment_before_the_file);
    tcase_add_test(c, a_secret_with_a_line_break_is_refused_and_not_shown);
    tcase_add_test(c, in_a_simulation_a_secret_is_its_own_name);
    tcase_add_test(c, an_endpoint_is_set_up_with_its_url);
    tcase_add_test(c, an_endpoint_with_a_bad_url_is_named);
    tcase_add_test(c, every_bad_endpoint_is_named_at_once);
    tcase_add_test(c, a_match_sees_what_stands_after_a_nul);
    tcase_add_test(c, a_value_is_read_by_its_type);
    tcase_add_test(c, a_number_keeps_all_of_its_digits);
    tcase_add_test(c, a_value_of_another_type_is_refused_with_what_was_wanted);
    tcase_add_test(c, a_secret_is_masked_in_every_form);
    tcase_add_test(c, a_secret_within_longer_base64_is_masked);
    suite_add_tcase(s, c);
    return suite_main(s);
}
