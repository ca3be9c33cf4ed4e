#include "suite.h"

#include "assemble.h"

#include "program/builtin.h"
#include "program/image_table.h"
#include "program/verify.h"

/* Verifies and frees the image; the problem's text, "" when there is none, in a static buffer. */
static const char *problem_of(struct image *image)
{
    static char text[300];
    char *problem = verify_image(image);
    snprintf(text, sizeof text, "%s", problem ? problem : "");
    mem_free(problem);
    image_free(image);
    return text;
}

#define ASSERT_GOOD(image) ck_assert_str_eq(problem_of(image), "")
#define ASSERT_PROBLEM(image, part) ck_assert_ptr_nonnull(strstr(problem_of(image), part))

#define END word_abc(OPCODE_ENDNONE, 0, 0, 0)

START_TEST(a_flow_that_ends_is_good)
{
    ASSERT_GOOD(ASM_FLOW(1, word_x(OPCODE_NODE, 0), END));
}
END_TEST

START_TEST(code_that_runs_off_its_end_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, word_abc(OPCODE_LOADNULL, 0, 0, 0)), "runs off");
}
END_TEST

START_TEST(an_unknown_opcode_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, 250, END), "unknown opcode");
}
END_TEST

START_TEST(an_instruction_that_is_cut_off_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, word_abc(OPCODE_LOADX, 0, 0, 0)), "cut off");
}
END_TEST

START_TEST(a_slot_beyond_the_frame_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, word_abc(OPCODE_LOADNULL, 1, 0, 0), END), "out of range");
}
END_TEST

START_TEST(a_constant_that_is_not_there_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, word_ax(OPCODE_LOADK, 0, 99), END), "out of range");
}
END_TEST

START_TEST(a_slot_read_before_it_is_written_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(2, word_abc(OPCODE_MOVE, 0, 1, 0), END), "read before it is written");
}
END_TEST

START_TEST(an_append_that_would_take_variables_for_temporaries_is_refused)
{
    for (uint32_t from = 0; from < 3; from++) {
        struct image *image =
            ASM_FLOW(3, word_abc(OPCODE_LOADNULL, 0, 0, 0), word_abc(OPCODE_LOADNULL, 1, 0, 0),
                     word_abc(OPCODE_APPEND, 0, from, 1), END);
        image->functions[0].first_temp = 2;
        if (from == 2)
            ASSERT_GOOD(image);
        else
            ASSERT_PROBLEM(image, "out of range");
    }
}
END_TEST

START_TEST(a_slot_written_on_one_way_only_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(2, word_abc(OPCODE_LOADBOOL, 0, 1, 0), word_abc(OPCODE_JTRUE, 0, 0, 0),
                            1, word_abc(OPCODE_LOADNULL, 1, 0, 0), word_abc(OPCODE_SAY, 1, 0, 0),
                            END),
                   "slot 1 is read before");
}
END_TEST

START_TEST(a_slot_written_on_both_ways_is_good)
{
    ASSERT_GOOD(ASM_FLOW(2, word_abc(OPCODE_LOADBOOL, 0, 1, 0), word_abc(OPCODE_JTRUE, 0, 0, 0), 2,
                         word_abc(OPCODE_LOADNULL, 1, 0, 0), word_x(OPCODE_JUMP, 1),
                         word_abc(OPCODE_LOADBOOL, 1, 0, 0), word_abc(OPCODE_SAY, 1, 0, 0), END));
}
END_TEST

START_TEST(a_jump_into_the_middle_of_an_instruction_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, word_x(OPCODE_JUMP, 1), word_abc(OPCODE_LOADX, 0, 0, 0), 0, END),
                   "leads nowhere");
}
END_TEST

START_TEST(a_jump_out_of_the_function_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, word_x(OPCODE_JUMP, 100), END), "leads nowhere");
    ASSERT_PROBLEM(ASM_FLOW(1, word_x(OPCODE_JUMP, 0xfffff0), END), "leads nowhere");
}
END_TEST

START_TEST(a_conditional_jump_backward_is_refused)
{
    ASSERT_PROBLEM(ASM_FLOW(1, word_abc(OPCODE_LOADBOOL, 0, 1, 0), word_abc(OPCODE_JTRUE, 0, 0, 0),
                            (uint32_t)-2, END),
                   "leads nowhere");
}
END_TEST

START_TEST(a_count_without_a_jump_behind_it_is_refused)
{
    ASSERT_PROBLEM(
        ASM_FLOW(1, word_ax(OPCODE_LOADINT, 0, 0), word_abc(OPCODE_COUNT, 0, 0, 0), 3, END, END),
        "not followed by a jump");
}
END_TEST

static struct image *secret_image(uint32_t instruction, uint32_t word)
{
    struct image *image = ASM_FLOW(2, word_ax(OPCODE_SECRET, 0, 0), instruction, word, END);
    *ASM_ROW(image, secrets, secret_count) = K_TEXT;
    return image;
}

/* The item would lie where its position is counted. */
START_TEST(an_item_may_not_take_the_place_of_its_position)
{
    for (uint32_t b = 0; b < 3; b++) {
        struct image *image = ASM_FLOW(3, word_ax(OPCODE_LIST, 0, 0), word_ax(OPCODE_LOADINT, 1, 0),
                                       word_abc(OPCODE_ITEM, 0, b, 0), 1,
                                       word_x(OPCODE_JUMP, (uint32_t)-3 & 0xffffff), END);
        if (b == 2)
            ASSERT_GOOD(image);
        else
            ASSERT_PROBLEM(image, "out of range");
    }
}
END_TEST

START_TEST(a_secret_may_not_be_said)
{
    ASSERT_PROBLEM(secret_image(word_abc(OPCODE_SAY, 0, 0, 0), END), "a secret goes into `say`");
    ASSERT_PROBLEM(secret_image(word_abc(OPCODE_LOG, 0, 0, 0), END), "a secret goes into `log`");
    ASSERT_PROBLEM(secret_image(word_abc(OPCODE_END, 0, 0, 0), END), "a secret goes into `end`");
}
END_TEST

START_TEST(what_is_made_from_a_secret_is_a_secret)
{
    ASSERT_PROBLEM(secret_image(word_abc(OPCODE_CONCAT, 1, 0, 1), word_abc(OPCODE_SAY, 1, 0, 0)),
                   "a secret goes into `say`");
    ASSERT_PROBLEM(secret_image(word_abc(OPCODE_MOVE, 1, 0, 0), word_abc(OPCODE_FAIL, 1, 0, 0)),
                   "a secret goes into `fail`");
}
END_TEST

static struct image *setup_image(uint32_t instruction)
{
    struct image *image = ASM_FLOW(1, END);
    const uint32_t code[] = { word_ax(OPCODE_SECRET, 0, 0), instruction,
                              word_abc(OPCODE_DONE, 0, 0, 0) };
    *ASM_ROW(image, secrets, secret_count) = K_TEXT;
    asm_function(image, IMAGE_SETUP_ENDPOINT, 1, code, 3)->first_temp = 0;
    return image;
}

START_TEST(a_secret_may_decrypt_a_key_but_not_name_its_file)
{
    ASSERT_GOOD(setup_image(word_abc(OPCODE_PASSPHRASE, 0, 0, 0)));
    ASSERT_PROBLEM(setup_image(word_abc(OPCODE_TLS, 0, 2, 0)), "a secret goes into `tls`");
    ASSERT_PROBLEM(secret_image(word_abc(OPCODE_PASSPHRASE, 0, 0, 0), END), "`passphrase`");
}
END_TEST

START_TEST(a_comparison_with_a_secret_is_no_secret)
{
    ASSERT_GOOD(secret_image(word_abc(OPCODE_EQUAL, 1, 0, 0), word_abc(OPCODE_SAY, 1, 0, 0)));
}
END_TEST

/* main sends a GET; what comes before `send` is the test's. */
static struct image *call_image(const uint32_t *before, uint32_t count)
{
    uint32_t code[16];
    memcpy(code, before, count * sizeof *code);
    code[count] = word_abc(OPCODE_SEND, 0, 0, 0);
    code[count + 1] = 0;
    code[count + 2] = word_abc(OPCODE_SAY, 2, 0, 0);
    code[count + 3] = END;
    struct image *image = asm_flow(5, code, count + 4);
    image->functions[0].first_temp = 0;
    asm_call(image, count + 2);
    return image;
}

#define CALL(...)                                                                                  \
    call_image((const uint32_t[]){ __VA_ARGS__ },                                                  \
               sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

START_TEST(a_call_with_all_its_outcomes_is_good)
{
    ASSERT_GOOD(CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0));
}
END_TEST

START_TEST(a_call_that_lacks_an_outcome_is_refused)
{
    for (uint32_t missing = 1; missing < 5; missing++) {
        struct image *image = CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0);
        for (uint32_t i = missing; i + 1 < 5; i++)
            image->arms[i] = image->arms[i + 1];
        image->sites[0].arm_count = image->arm_count = 4;
        ASSERT_PROBLEM(image, "has no arm");
    }
}
END_TEST

START_TEST(arms_out_of_order_are_refused)
{
    struct image *image = CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0);
    image->arms[1].label = 200;
    ASSERT_PROBLEM(image, "out of order");
}
END_TEST

START_TEST(a_label_that_does_not_exist_is_refused)
{
    struct image *image = CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0);
    image->arms[0].label = 600;
    ASSERT_PROBLEM(image, "arm 0: `label` is 600, which is not an outcome");
}
END_TEST

START_TEST(a_send_without_a_request_is_refused)
{
    ASSERT_PROBLEM(CALL(word_abc(OPCODE_LOADNULL, 0, 0, 0)), "out of order");
}
END_TEST

START_TEST(a_request_that_stays_open_is_refused)
{
    ASSERT_PROBLEM(CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0, END), "out of order");
}
END_TEST

START_TEST(a_header_must_say_that_it_is_secret)
{
    for (uint32_t said = 0; said < 2; said++) {
        struct image *image =
            CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0, word_ax(OPCODE_SECRET, 0, 0),
                 word_abc(OPCODE_HEADER, 0, said, 0), K_TEXT);
        *ASM_ROW(image, secrets, secret_count) = K_TEXT;
        ck_assert_int_eq(strstr(problem_of(image), "does not say") != NULL, said == 0);
    }
}
END_TEST

START_TEST(a_secret_in_a_path_is_refused)
{
    struct image *image = CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0, word_ax(OPCODE_SECRET, 0, 0),
                               word_abc(OPCODE_PATHVALUE, 0, 0, 0));
    *ASM_ROW(image, secrets, secret_count) = K_TEXT;
    ASSERT_PROBLEM(image, "a secret goes into `pathvalue`");
}
END_TEST

START_TEST(temporaries_are_gone_after_a_call)
{
    const uint32_t code[] = { word_abc(OPCODE_LOADNULL, 4, 0, 0),
                              word_abc(OPCODE_REQUEST, 0, 0, 0),
                              0,
                              word_abc(OPCODE_SEND, 0, 0, 0),
                              0,
                              word_abc(OPCODE_SAY, 4, 0, 0),
                              END };
    struct image *image = asm_flow(5, code, 7);
    image->functions[0].first_temp = 0;
    asm_call(image, 5);
    ASSERT_PROBLEM(image, "slot 4 is read before");
}
END_TEST

START_TEST(setup_instructions_may_not_stand_in_a_flow)
{
    ASSERT_PROBLEM(
        ASM_FLOW(1, word_abc(OPCODE_LOADNULL, 0, 0, 0), word_abc(OPCODE_URL, 0, 0, 0), END),
        "may not stand");
}
END_TEST

START_TEST(a_flow_may_not_say_in_set_up)
{
    struct image *image = ASM_FLOW(1, END);
    const uint32_t code[] = { word_abc(OPCODE_LOADNULL, 0, 0, 0), word_abc(OPCODE_SAY, 0, 0, 0),
                              word_abc(OPCODE_RETURN, 0, 0, 0) };
    asm_function(image, IMAGE_SETUP_CONFIG, 1, code, 3);
    ASSERT_PROBLEM(image, "may not stand");
}
END_TEST

START_TEST(what_differs_from_run_to_run_may_not_stand_in_set_up)
{
    static const uint32_t functions[] = { BUILTIN_NOW, BUILTIN_UUID };
    for (size_t i = 0; i < 2; i++) {
        const uint32_t code[] = { word_abc(OPCODE_BUILTIN, 0, 0, 0), functions[i],
                                  word_abc(OPCODE_RETURN, 0, 0, 0) };
        struct image *image = ASM_FLOW(1, word_abc(OPCODE_BUILTIN, 0, 0, 0), functions[i], END);
        asm_function(image, IMAGE_SETUP_CONFIG, 1, code, 3);
        ASSERT_PROBLEM(image, "may not stand in this function (instruction 3)");
        ASSERT_GOOD(ASM_FLOW(1, word_abc(OPCODE_BUILTIN, 0, 0, 0), functions[i], END));
    }
}
END_TEST

START_TEST(an_argument_may_only_lack_where_there_is_a_default)
{
    for (int has_default = 0; has_default < 2; has_default++) {
        struct image *image =
            ASM_FLOW(1, word_abc(OPCODE_MISSING, 0, 0, 0), word_abc(OPCODE_MOVETO, 0, 0, 0), 1);
        const uint32_t code[] = { word_abc(OPCODE_JGIVEN, 0, 0, 0), 1,
                                  word_abc(OPCODE_LOADNULL, 0, 0, 0), word_abc(OPCODE_SAY, 0, 0, 0),
                                  END };
        bool there = has_default == 1;
        struct image_function *f =
            asm_function(image, IMAGE_FLOW, 1, there ? code : code + 3, there ? 5 : 2);
        f->input_count = 1;
        struct image_input *input = ASM_ROW(image, inputs, input_count);
        input->has_default = there;
        input->name = K_TEXT;
        ck_assert_int_eq(problem_of(image)[0] == '\0', there);
    }
}
END_TEST

START_TEST(an_input_with_a_default_must_be_filled_before_it_is_read)
{
    struct image *image = ASM_FLOW(1, word_abc(OPCODE_SAY, 0, 0, 0), END);
    image->functions[0].input_count = 1;
    struct image_input *input = ASM_ROW(image, inputs, input_count);
    input->has_default = true;
    input->name = K_TEXT;
    ASSERT_PROBLEM(image, "read before it is written");
}
END_TEST

START_TEST(code_that_belongs_to_no_function_is_refused)
{
    struct image *image = ASM_FLOW(1, END);
    *ASM_ROW(image, code, code_count) = END;
    ASSERT_PROBLEM(image, "part of `code` belongs to no function");
}
END_TEST

START_TEST(a_type_may_refer_to_itself_but_not_beyond_the_table)
{
    for (uint32_t beyond = 0; beyond < 2; beyond++) {
        struct image *image = ASM_FLOW(1, END);
        struct image_type *t = ASM_ROW(image, types, type_count);
        t->kind = IMAGE_TYPE_LIST;
        t->item = image->type_count - 1 + beyond;
        ck_assert_int_eq(problem_of(image)[0] != '\0', beyond);
    }
}
END_TEST

START_TEST(a_loop_is_followed_to_its_fixed_point)
{
    /* Slot 1 becomes secret only in the second turn. */
    struct image *image =
        ASM_FLOW(2, word_abc(OPCODE_LOADNULL, 1, 0, 0), word_abc(OPCODE_SAY, 1, 0, 0),
                 word_ax(OPCODE_SECRET, 1, 0), word_x(OPCODE_JUMP, (uint32_t)-3 & 0xffffff));
    *ASM_ROW(image, secrets, secret_count) = K_TEXT;
    ASSERT_PROBLEM(image, "a secret goes into `say`");
}
END_TEST

START_TEST(a_function_that_is_not_known_needs_a_newer_flowrun)
{
    struct image *image = ASM_FLOW(1, END);
    image->builtins[0].name = K_NODE; /* "start" */
    image->builtins[0].function = BUILTINS;
    ASSERT_PROBLEM(
        image, "compiled by flowc 0.0.0, it calls the function `start`, which is not known here: "
               "it needs a newer flowrun");
}
END_TEST

START_TEST(a_function_under_the_number_of_another_is_refused)
{
    struct image *image = ASM_FLOW(1, END);
    image->builtins[BUILTIN_LEN].function = BUILTIN_TEXT;
    ASSERT_PROBLEM(image, "`len`");
}
END_TEST

START_TEST(a_function_with_other_arguments_needs_a_newer_flowrun)
{
    for (uint32_t count = 0; count < 3; count++) {
        struct image *image =
            ASM_FLOW(3, word_abc(OPCODE_LOADNULL, 0, 0, 0), word_abc(OPCODE_LOADNULL, 1, 0, 0),
                     word_abc(OPCODE_BUILTIN, 2, 0, count), BUILTIN_LEN, END);
        if (count == 1)
            ASSERT_GOOD(image);
        else
            ASSERT_PROBLEM(image, "it needs a newer flowrun (instruction 2)");
    }
}
END_TEST

START_TEST(the_version_of_a_compiler_can_be_shown_to_people)
{
    static const char *const bad[] = { "", "1.2\x1b[2J", "1 2",
                                       "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.67" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct image *image = ASM_FLOW(1, END);
        memset(image->compiler, 0, IMAGE_COMPILER);
        memcpy(image->compiler, bad[i], strlen(bad[i])); /* the last one without a zero */
        ASSERT_PROBLEM(image, "the version of its compiler is malformed");
    }
    struct image *image = ASM_FLOW(1, END);
    image->compiler[IMAGE_COMPILER - 1] = '1';
    ASSERT_PROBLEM(image, "the version of its compiler is malformed");
}
END_TEST

/* A far slot is a variable: it has the same type on all ways. */
START_TEST(a_far_slot_that_gets_a_secret_somewhere_holds_one_everywhere)
{
    /* It is said first, and gets the secret in the first turn of the loop. */
    struct image *image =
        ASM_FLOW(301, word_ax(OPCODE_GETFAR, 0, 300), word_abc(OPCODE_SAY, 0, 0, 0),
                 word_ax(OPCODE_SECRET, 1, 0), word_ax(OPCODE_SETFAR, 1, 300),
                 word_x(OPCODE_JUMP, (uint32_t)-5 & 0xffffff));
    *ASM_ROW(image, secrets, secret_count) = K_TEXT;
    ASSERT_PROBLEM(image, "a secret goes into `say`");
}
END_TEST

START_TEST(a_far_slot_that_gets_no_secret_may_be_said)
{
    struct image *image =
        ASM_FLOW(301, word_ax(OPCODE_SECRET, 1, 0), word_ax(OPCODE_SETFAR, 1, 299),
                 word_ax(OPCODE_GETFAR, 0, 300), word_abc(OPCODE_SAY, 0, 0, 0), END);
    *ASM_ROW(image, secrets, secret_count) = K_TEXT;
    ASSERT_GOOD(image);
}
END_TEST

START_TEST(slots_side_by_side_end_with_those_that_operands_reach)
{
    for (uint32_t more = 0; more < 2; more++) {
        struct image *image =
            ASM_FLOW(300, word_abc(OPCODE_BUILTIN, 0, 252, 4 + more), BUILTIN_MAX, END);
        ASSERT_PROBLEM(image, more ? "an operand of `builtin` is out of range"
                                   : "slot 252 is read before");
    }
}
END_TEST

START_TEST(a_site_is_awaited_by_one_instruction)
{
    struct image *image =
        CALL(word_abc(OPCODE_REQUEST, 0, 0, 0), 0, word_abc(OPCODE_SEND, 0, 0, 0), 0);
    ASSERT_PROBLEM(image, "a second instruction waits at site 0");
}
END_TEST

START_TEST(a_site_is_awaited_in_its_node)
{
    for (uint32_t node = 0; node < 2; node++) {
        struct image *image = CALL(word_x(OPCODE_NODE, node), word_abc(OPCODE_REQUEST, 0, 0, 0), 0);
        struct image_node *n = ASM_ROW(image, nodes, node_count);
        *n = image->nodes[0];
        image->functions[0].node_count = 2;
        image->functions[1].first_node = 2;
        if (node == 0)
            ASSERT_GOOD(image);
        else
            ASSERT_PROBLEM(image, "`request` is not in the node of its site");
    }
}
END_TEST

/* 255 slots hand on what they have, one turn of the loop each: a secret gets to the last in the
 * last turn. Code that flowc makes needs two or three turns, whatever its length. */
START_TEST(code_that_would_take_long_to_follow_is_refused)
{
    enum { SLOTS = 255, LONG = 20000 };
    static uint32_t code[SLOTS * 2 + LONG + 3];
    for (uint32_t is_long = 0; is_long < 2; is_long++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < SLOTS; i++)
            code[n++] = word_abc(OPCODE_LOADNULL, i, 0, 0);
        code[n++] = word_ax(OPCODE_SECRET, 0, 0);
        uint32_t start = n;
        for (uint32_t i = SLOTS - 1; i > 0; i--)
            code[n++] = word_abc(OPCODE_MOVE, i, i - 1, 0);
        while (is_long && n < start + LONG)
            code[n++] = word_abc(OPCODE_MOVE, 0, 0, 0);
        code[n] = word_x(OPCODE_JUMP, (start - n - 1) & 0xffffff);
        struct image *image = asm_flow(SLOTS, code, n + 1);
        *ASM_ROW(image, secrets, secret_count) = K_TEXT;
        if (is_long)
            ASSERT_PROBLEM(image, "the code is too tangled to be verified");
        else
            ASSERT_GOOD(image);
    }
}
END_TEST

/* Puts a number into a field of the first row of a table; what the verifier says of the tables. */
static const char *with_number(unsigned table, const struct image_field *field, uint64_t number)
{
    static char text[300];
    struct image *image = asm_rich();
    struct verifier v = { .image = image };
    image_field_set(image_table_rows(image, (enum image_table_id)table), field, number);
    bool good = verify_tables(&v);
    snprintf(text, sizeof text, "%s", bytes_text(&v.problem));
    ck_assert_int_eq(good, text[0] == '\0');
    bytes_release(&v.problem);
    image_free(image);
    return text;
}

#define ASSERT_NAMED(text, field) ck_assert_ptr_nonnull(strstr(text, (field)->name))

static void hold_against_bounds(unsigned table, const struct image_field *field)
{
    uint64_t widest = field->width == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * field->width) - 1;
    if (field->least > 0)
        ASSERT_NAMED(with_number(table, field, field->least - 1), field);
    ck_assert_str_eq(with_number(table, field, field->least), "");
    ck_assert_str_eq(with_number(table, field, field->most), "");
    if (field->most < widest)
        ASSERT_NAMED(with_number(table, field, field->most + 1), field);
    if (field->most < widest && !field->may_be_none)
        ASSERT_NAMED(with_number(table, field, widest), field);
}

START_TEST(a_number_of_any_table_beyond_its_bounds_is_refused)
{
    unsigned numbers = 0;
    for (unsigned table = TABLE_CONSTANTS + 1; table < TABLES; table++) {
        for (uint32_t f = 0; f < image_tables[table].field_count; f++) {
            const struct image_field *field = &image_tables[table].fields[f];
            if (field->bound != BOUND_NUMBER)
                continue;
            hold_against_bounds(table, field);
            numbers++;
        }
    }
    ck_assert_uint_gt(numbers, 20);
}
END_TEST

START_TEST(what_a_field_refers_to_must_be_there)
{
    unsigned references = 0;
    struct image *image = asm_rich();
    for (unsigned table = TABLE_CONSTANTS + 1; table < TABLES; table++) {
        for (uint32_t f = 0; f < image_tables[table].field_count; f++) {
            const struct image_field *field = &image_tables[table].fields[f];
            enum image_table_id of = (enum image_table_id)field->table;
            if (field->bound == BOUND_ANY || field->bound == BOUND_NUMBER)
                continue;
            uint32_t count = image_table_count(image, of);
            ASSERT_NAMED(with_number(table, field, field->width == 1 ? 0 : UINT32_MAX - 1), field);
            if (field->bound == BOUND_ROW) {
                ck_assert_str_eq(with_number(table, field, count - 1), "");
                ASSERT_NAMED(with_number(table, field, count), field);
            }
            references++;
        }
    }
    image_free(image);
    ck_assert_uint_gt(references, 40);
}
END_TEST

START_TEST(none_is_taken_only_where_there_may_be_none)
{
    for (unsigned table = TABLE_CONSTANTS + 1; table < TABLES; table++) {
        for (uint32_t f = 0; f < image_tables[table].field_count; f++) {
            const struct image_field *field = &image_tables[table].fields[f];
            if (field->width != 4 || field->bound == BOUND_ANY)
                continue;
            const char *problem = with_number(table, field, IMAGE_NONE);
            ck_assert_int_eq(problem[0] == '\0', field->may_be_none);
        }
    }
}
END_TEST

/* Otherwise a small file could have the verifier look at large parts again and again. */
START_TEST(a_way_begins_with_an_instruction_of_its_own_flow)
{
    static const uint32_t bad[] = { 1, 3, 5 }; /* operands, and another function */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct image *image = asm_rich();
        image->ways[0].pc = bad[i];
        ASSERT_PROBLEM(image, "way 0 is malformed");
    }
}
END_TEST

START_TEST(parts_of_a_table_overlap_in_no_row)
{
    struct image *image = asm_rich();
    struct image_call *call = ASM_ROW(image, calls, call_count);
    *call = image->calls[0];
    ASSERT_PROBLEM(image, "call 1: `first_label` is 0");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("verify");
    TCase *c = tcase_create("verify");
    tcase_add_test(c, a_flow_that_ends_is_good);
    tcase_add_test(c, code_that_runs_off_its_end_is_refused);
    tcase_add_test(c, an_unknown_opcode_is_refused);
    tcase_add_test(c, an_instruction_that_is_cut_off_is_refused);
    tcase_add_test(c, a_slot_beyond_the_frame_is_refused);
    tcase_add_test(c, a_constant_that_is_not_there_is_refused);
    tcase_add_test(c, a_slot_read_before_it_is_written_is_refused);
    tcase_add_test(c, an_append_that_would_take_variables_for_temporaries_is_refused);
    tcase_add_test(c, a_slot_written_on_one_way_only_is_refused);
    tcase_add_test(c, a_slot_written_on_both_ways_is_good);
    tcase_add_test(c, a_jump_into_the_middle_of_an_instruction_is_refused);
    tcase_add_test(c, a_jump_out_of_the_function_is_refused);
    tcase_add_test(c, a_conditional_jump_backward_is_refused);
    tcase_add_test(c, a_count_without_a_jump_behind_it_is_refused);
    tcase_add_test(c, an_item_may_not_take_the_place_of_its_position);
    tcase_add_test(c, a_secret_may_not_be_said);
    tcase_add_test(c, what_is_made_from_a_secret_is_a_secret);
    tcase_add_test(c, a_secret_may_decrypt_a_key_but_not_name_its_file);
    tcase_add_test(c, a_comparison_with_a_secret_is_no_secret);
    tcase_add_test(c, a_call_with_all_its_outcomes_is_good);
    tcase_add_test(c, a_call_that_lacks_an_outcome_is_refused);
    tcase_add_test(c, arms_out_of_order_are_refused);
    tcase_add_test(c, a_label_that_does_not_exist_is_refused);
    tcase_add_test(c, a_send_without_a_request_is_refused);
    tcase_add_test(c, a_request_that_stays_open_is_refused);
    tcase_add_test(c, a_header_must_say_that_it_is_secret);
    tcase_add_test(c, a_secret_in_a_path_is_refused);
    tcase_add_test(c, temporaries_are_gone_after_a_call);
    tcase_add_test(c, setup_instructions_may_not_stand_in_a_flow);
    tcase_add_test(c, a_flow_may_not_say_in_set_up);
    tcase_add_test(c, what_differs_from_run_to_run_may_not_stand_in_set_up);
    tcase_add_test(c, an_argument_may_only_lack_where_there_is_a_default);
    tcase_add_test(c, an_input_with_a_default_must_be_filled_before_it_is_read);
    tcase_add_test(c, code_that_belongs_to_no_function_is_refused);
    tcase_add_test(c, a_type_may_refer_to_itself_but_not_beyond_the_table);
    tcase_add_test(c, a_loop_is_followed_to_its_fixed_point);
    tcase_add_test(c, a_far_slot_that_gets_a_secret_somewhere_holds_one_everywhere);
    tcase_add_test(c, a_far_slot_that_gets_no_secret_may_be_said);
    tcase_add_test(c, slots_side_by_side_end_with_those_that_operands_reach);
    tcase_add_test(c, a_site_is_awaited_by_one_instruction);
    tcase_add_test(c, a_site_is_awaited_in_its_node);
    tcase_add_test(c, code_that_would_take_long_to_follow_is_refused);
    tcase_add_test(c, a_function_that_is_not_known_needs_a_newer_flowrun);
    tcase_add_test(c, a_function_under_the_number_of_another_is_refused);
    tcase_add_test(c, a_function_with_other_arguments_needs_a_newer_flowrun);
    tcase_add_test(c, the_version_of_a_compiler_can_be_shown_to_people);
    tcase_add_test(c, a_number_of_any_table_beyond_its_bounds_is_refused);
    tcase_add_test(c, what_a_field_refers_to_must_be_there);
    tcase_add_test(c, none_is_taken_only_where_there_may_be_none);
    tcase_add_test(c, a_way_begins_with_an_instruction_of_its_own_flow);
    tcase_add_test(c, parts_of_a_table_overlap_in_no_row);
    suite_add_tcase(s, c);
    return suite_main(s);
}
