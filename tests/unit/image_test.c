#include "suite.h"

#include "assemble.h"

#include "program/disasm.h"

#define END word_abc(OPCODE_ENDNONE, 0, 0, 0)

START_TEST(what_is_written_is_read_again)
{
    struct image *image = asm_rich();
    struct bytes first = { 0 };
    struct bytes second = { 0 };
    char *reason = NULL;
    image_write(image, &first);
    struct image *again = image_read(first.data, first.len, &reason);
    ck_assert_ptr_nonnull(again);
    image_write(again, &second);
    ck_assert_uint_eq(first.len, second.len);
    ck_assert_mem_eq(first.data, second.data, first.len);
    for (uint32_t i = 0; i < image->constant_count; i++)
        ck_assert(value_equal(image->constants[i], again->constants[i]));
    ck_assert_ptr_null(verify_image(again));
    image_free(image);
    image_free(again);
    bytes_release(&first);
    bytes_release(&second);
}
END_TEST

START_TEST(a_file_cut_at_any_length_is_refused)
{
    struct image *image = asm_rich();
    struct bytes b = { 0 };
    image_write(image, &b);
    for (size_t len = 0; len < b.len; len++) {
        char *reason = NULL;
        char *copy = mem_copy_text(b.data, len);
        ck_assert_ptr_null(image_read(copy, len, &reason));
        ck_assert_ptr_nonnull(reason);
        mem_free(reason);
        mem_free(copy);
    }
    image_free(image);
    bytes_release(&b);
}
END_TEST

START_TEST(a_file_with_any_byte_changed_is_refused)
{
    struct image *image = asm_rich();
    struct bytes b = { 0 };
    image_write(image, &b);
    for (size_t i = 0; i < b.len; i++) {
        char *reason = NULL;
        b.data[i] = (char)(b.data[i] ^ 0x10);
        ck_assert_ptr_null(image_read(b.data, b.len, &reason));
        mem_free(reason);
        b.data[i] = (char)(b.data[i] ^ 0x10);
    }
    image_free(image);
    bytes_release(&b);
}
END_TEST

/* Reads an image again whose last constant is a list that nests so deep; what is wrong with it. */
static char *read_nested(uint32_t depth)
{
    struct image *image = ASM_FLOW(1, END);
    for (uint32_t i = 0; i < depth; i++) {
        struct value list = value_list(1);
        if (i)
            value_list_push(&list, image->constants[image->constant_count - 1]);
        asm_constant(image, list);
    }
    struct bytes b = { 0 };
    char *reason = NULL;
    image_write(image, &b);
    image_free(image);
    image_free(image_read(b.data, b.len, &reason));
    bytes_release(&b);
    return reason;
}

START_TEST(a_constant_nests_at_most_512_deep)
{
    ck_assert_uint_eq(IMAGE_MAX_DEPTH, 512);
    ck_assert_ptr_null(read_nested(512));
    char *reason = read_nested(513);
    ck_assert_ptr_nonnull(reason);
    ck_assert_ptr_nonnull(strstr(reason, "a constant is nested too deeply"));
    mem_free(reason);
}
END_TEST

START_TEST(another_format_is_named)
{
    struct image *image = asm_rich();
    struct bytes b = { 0 };
    char *reason = NULL;
    image_write(image, &b);
    b.data[8] = 9;
    b.data[b.len - 1] ^= 1; /* its checksum may cover other things */
    ck_assert_ptr_null(image_read(b.data, b.len, &reason));
    ck_assert_ptr_nonnull(strstr(reason, "compiled by flowc 0.0.0 in format 9"));
    ck_assert_ptr_null(strstr(reason, "damaged"));
    mem_free(reason);
    image_free(image);
    bytes_release(&b);
}
END_TEST

/* As when the table of functions of flowrun is another than that of the flowc which made the file.
 */
START_TEST(functions_are_found_by_their_names_when_a_file_is_read)
{
    struct image *image = asm_rich();
    struct bytes b = { 0 };
    char *reason = NULL;
    image->builtins[0].name = image->builtins[BUILTIN_SLICE].name;
    image->builtins[1].name = K_MAIN;
    image_write(image, &b);
    struct image *again = image_read(b.data, b.len, &reason);
    ck_assert_ptr_nonnull(again);
    ck_assert_uint_eq(again->builtins[0].function, BUILTIN_SLICE);
    ck_assert_uint_eq(again->builtins[1].function, BUILTINS);
    ck_assert_uint_eq(again->builtins[2].function, 2);
    image_free(image);
    image_free(again);
    bytes_release(&b);
}
END_TEST

START_TEST(a_file_of_any_format_says_where_it_comes_from)
{
    struct image *image = asm_rich();
    struct image_origin origin;
    struct bytes b = { 0 };
    image_write(image, &b);
    for (unsigned format = 1; format < 4; format++) {
        b.data[8] = (char)format;
        ck_assert(image_origin(b.data, b.len, &origin));
        ck_assert_uint_eq(origin.format, format);
        ck_assert_str_eq(origin.compiler, format == 1 ? "" : "0.0.0");
    }
    b.data[24] = 0x1b;
    ck_assert(image_origin(b.data, b.len, &origin));
    ck_assert_str_eq(origin.compiler, "");
    ck_assert(!image_origin(b.data, 23, &origin));
    ck_assert(image_origin(b.data, 24, &origin));
    b.data[0] = 'f';
    ck_assert(!image_origin(b.data, b.len, &origin));
    image_free(image);
    bytes_release(&b);
}
END_TEST

START_TEST(a_source_file_is_recognised_as_no_bytecode)
{
    char *reason = NULL;
    static const char source[] = "flow main { node a { -> end } } # long enough for a header";
    ck_assert_ptr_null(image_read(source, sizeof source - 1, &reason));
    ck_assert_ptr_nonnull(strstr(reason, "flowc"));
    mem_free(reason);
}
END_TEST

START_TEST(a_place_is_the_last_line_at_or_before)
{
    struct image *image = asm_rich();
    struct bytes b = { 0 };
    image_place(image, 3, &b);
    ck_assert_str_eq(bytes_text(&b), "main.flow:12");
    bytes_release(&b);
    image_free(image);
}
END_TEST

START_TEST(an_exact_status_comes_before_its_class_and_that_before_other)
{
    struct image *image = asm_empty();
    struct image_site *s = ASM_ROW(image, sites, site_count);
    s->arm_count = 4;
    asm_arm(image, 404, 1);
    asm_arm(image, LABEL_CLASS + 4, 2);
    asm_arm(image, label_of_outcome(OUTCOME_OTHER), 3);
    asm_arm(image, label_of_outcome(OUTCOME_TIMEOUT), 4);
    ck_assert_uint_eq(image_find_arm(image, s, 404)->pc, 1);
    ck_assert_uint_eq(image_find_arm(image, s, 400)->pc, 2);
    ck_assert_uint_eq(image_find_arm(image, s, 200)->pc, 3);
    ck_assert_uint_eq(image_find_arm(image, s, label_of_outcome(OUTCOME_TIMEOUT))->pc, 4);
    ck_assert_ptr_null(image_find_arm(image, s, label_of_outcome(OUTCOME_ERROR)));
    image_free(image);
}
END_TEST

static uint32_t object_type(struct image *image, const char *name, uint32_t type)
{
    uint32_t text = asm_text(image, name);
    struct image_member *m = ASM_ROW(image, members, member_count);
    *m = (struct image_member){ .name = text, .type = type };
    struct image_type *t = ASM_ROW(image, types, type_count);
    *t = (struct image_type){ .kind = IMAGE_TYPE_OBJECT,
                              .first_member = image->member_count - 1,
                              .member_count = 1 };
    return image->type_count - 1;
}

START_TEST(a_misfit_names_the_way_what_was_wanted_and_what_came)
{
    struct image *image = asm_empty();
    uint32_t item = object_type(image, "qty", 1);
    struct image_type *t = ASM_ROW(image, types, type_count);
    *t = (struct image_type){ .kind = IMAGE_TYPE_LIST, .item = item };
    uint32_t whole = object_type(image, "items", image->type_count - 1);
    struct value bad = value_object(1);
    value_object_put_bytes(&bad, "qty", 3, value_text_of("2"));
    struct value list = value_list(1);
    value_list_push(&list, bad);
    struct value v = value_object(1);
    value_object_put_bytes(&v, "items", 5, list);
    struct bytes b = { 0 };
    ck_assert(!image_type_check(image, whole, v, &b));
    ck_assert_str_eq(bytes_text(&b), "items[0].qty: expected int, got text");
    bytes_release(&b);
    value_unref(v);
    image_free(image);
}
END_TEST

/* 200 members of the type itself, four deep, would be 1.6 billion. */
START_TEST(of_a_type_that_holds_itself_many_times_a_part_is_printed)
{
    struct image *image = asm_empty();
    uint32_t type = image->type_count;
    struct image_type *t = ASM_ROW(image, types, type_count);
    *t = (struct image_type){ .kind = IMAGE_TYPE_OBJECT, .optional = true, .member_count = 200 };
    for (uint32_t i = 0; i < t->member_count; i++)
        *ASM_ROW(image, members, member_count) =
            (struct image_member){ .name = K_TEXT, .type = type };
    struct bytes b = { 0 };
    image_type_print(image, type, &b);
    ck_assert_uint_lt(b.len, 1200);
    ck_assert_str_eq(bytes_text(&b) + b.len - strlen(", … }?"), ", … }?");
    bytes_release(&b);
    image_free(image);
}
END_TEST

START_TEST(a_member_that_is_not_there_is_said_to_be_nothing)
{
    struct image *image = asm_empty();
    uint32_t type = object_type(image, "qty", 1);
    struct value v = value_object(0);
    struct bytes b = { 0 };
    ck_assert(!image_type_check(image, type, v, &b));
    ck_assert_str_eq(bytes_text(&b), "qty: expected int, got nothing");
    bytes_release(&b);
    value_unref(v);
    image_free(image);
}
END_TEST

START_TEST(labels_are_spelled_as_they_are_read)
{
    static const char *const all[] = { "200",   "404",     "599",
                                       "2xx",   "5xx",     "other",
                                       "error", "timeout", "max-connection",
                                       "ok",    "fail",    "invalid" };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint16_t label;
        char text[20];
        ck_assert(outcome_label_read(all[i], &label));
        ck_assert(outcome_label_is_known(label));
        ck_assert_str_eq(outcome_label_text(label, text), all[i]);
    }
}
END_TEST

START_TEST(what_is_no_label_is_not_read)
{
    static const char *const none[] = {
        "199", "600", "1xx", "6xx", "2XX", "Other", "20", "2000", ""
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        uint16_t label;
        ck_assert(!outcome_label_read(none[i], &label));
    }
}
END_TEST

START_TEST(the_disassembly_names_what_numbers_refer_to)
{
    struct image *image = asm_rich();
    struct bytes b = { 0 };
    disasm_print(image, &b);
    ck_assert_ptr_nonnull(strstr(bytes_text(&b), "request GET text"));
    ck_assert_ptr_nonnull(strstr(bytes_text(&b), "200: 4, other: 4, error: 4, timeout: 4"));
    ck_assert_ptr_nonnull(strstr(bytes_text(&b), "; main.flow:12"));
    bytes_release(&b);
    image_free(image);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("image");
    TCase *c = tcase_create("image");
    tcase_add_test(c, what_is_written_is_read_again);
    tcase_add_test(c, a_file_cut_at_any_length_is_refused);
    tcase_add_test(c, a_file_with_any_byte_changed_is_refused);
    tcase_add_test(c, a_constant_nests_at_most_512_deep);
    tcase_add_test(c, another_format_is_named);
    tcase_add_test(c, functions_are_found_by_their_names_when_a_file_is_read);
    tcase_add_test(c, a_file_of_any_format_says_where_it_comes_from);
    tcase_add_test(c, a_source_file_is_recognised_as_no_bytecode);
    tcase_add_test(c, a_place_is_the_last_line_at_or_before);
    tcase_add_test(c, an_exact_status_comes_before_its_class_and_that_before_other);
    tcase_add_test(c, a_misfit_names_the_way_what_was_wanted_and_what_came);
    tcase_add_test(c, of_a_type_that_holds_itself_many_times_a_part_is_printed);
    tcase_add_test(c, a_member_that_is_not_there_is_said_to_be_nothing);
    tcase_add_test(c, labels_are_spelled_as_they_are_read);
    tcase_add_test(c, what_is_no_label_is_not_read);
    tcase_add_test(c, the_disassembly_names_what_numbers_refer_to);
    suite_add_tcase(s, c);
    return suite_main(s);
}
