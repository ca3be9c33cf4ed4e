#include "suite.h"

#include "assemble.h"

#include "vm/vm.h"

#define END word_abc(OPCODE_ENDNONE, 0, 0, 0)

/* A strand of an image's first flow, with what it said. */
static struct {
    struct image *image;
    struct endpoint endpoint;
    struct program program;
    struct vm_host host;
    struct strand strand;
    struct bytes said;
} t;

static void say(struct strand *s, const struct text *text)
{
    (void)s;
    bytes_add(&t.said, text->data, text->len);
    bytes_add_char(&t.said, '\n');
}

static struct value run_value(struct strand *s, uint32_t which)
{
    (void)s;
    return value_int(which);
}

/* Starts the image's first flow; the image must pass the verifier. */
static void start(struct image *image, struct value *args)
{
    char *problem = verify_image(image);
    ck_assert_msg(problem == NULL, "%s", problem);
    t.image = image;
    t.endpoint.name = (char *)(uintptr_t) "api";
    t.endpoint.url = (char *)(uintptr_t) "http://127.0.0.1:1";
    t.endpoint.separator = '&';
    t.program = (struct program){ .image = image, .endpoints = &t.endpoint };
    t.host = (struct vm_host){ .say = say, .log = say, .run_value = run_value, .fuel = 1000000 };
    vm_strand_init(&t.strand, &t.program, &t.host, 0, args);
}

static enum vm_state go(void)
{
    while (vm_step(&t.strand) == VM_YIELD)
        vm_resume(&t.strand);
    return (enum vm_state)t.strand.state;
}

static void teardown(void)
{
    vm_strand_release(&t.strand);
    request_build_release(&t.host.build);
    bytes_release(&t.said);
    image_free(t.image);
    memset(&t, 0, sizeof t);
}

START_TEST(a_flow_says_and_ends_with_its_value)
{
    start(ASM_FLOW(1, word_ax(OPCODE_LOADK, 0, K_TEXT), word_abc(OPCODE_SAY, 0, 0, 0),
                   word_abc(OPCODE_END, 0, 0, 0)),
          NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_str_eq(bytes_text(&t.said), "text\n");
    ck_assert(t.strand.has_value);
    ck_assert_str_eq(t.strand.value.text->data, "text");
}
END_TEST

START_TEST(an_end_without_a_value_has_none)
{
    start(ASM_FLOW(1, END), NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert(!t.strand.has_value);
}
END_TEST

START_TEST(a_loop_counts_its_turns_and_then_takes_the_other_way)
{
    start(ASM_FLOW(2, word_ax(OPCODE_LOADINT, 0, 0), word_ax(OPCODE_LOADINT, 1, 0),
                   word_abc(OPCODE_ADDI, 0, 0, 2), word_abc(OPCODE_COUNT, 1, 0, 0), 10,
                   word_x(OPCODE_JUMP, 1), word_x(OPCODE_JUMP, (uint32_t)-5 & 0xffffff),
                   word_abc(OPCODE_END, 0, 0, 0)),
          NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_int_eq(t.strand.value.integer, 22);
}
END_TEST

START_TEST(a_loop_without_end_uses_up_its_fuel)
{
    start(ASM_FLOW(1, word_x(OPCODE_JUMP, (uint32_t)-1 & 0xffffff)), NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "does not end"));
}
END_TEST

static uint32_t entered;

static void enter(struct strand *s, uint32_t node)
{
    (void)s;
    (void)node;
    entered++;
}

/* Frames of many slots take their time, so fuel counts them: moves without end come to one all the
 * same. */
START_TEST(a_move_costs_by_the_slots_of_its_frame)
{
    start(ASM_FLOW(IMAGE_MAX_SLOTS, word_x(OPCODE_NODE, 0), word_abc(OPCODE_MOVETO, 0, 0, 0), 0),
          NULL);
    entered = 0;
    t.host.enter = enter;
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "does not end"));
    ck_assert_uint_le(entered, 1000);
}
END_TEST

/* The verifier does not follow far slots: what lies there from a frame before must not be seen. */
START_TEST(a_far_slot_is_null_until_it_is_written)
{
    struct image *image =
        ASM_FLOW(IMAGE_NEAR_SLOTS + 2, word_x(OPCODE_NODE, 0), word_ax(OPCODE_LOADINT, 0, 7),
                 word_ax(OPCODE_SETFAR, 0, 257), word_abc(OPCODE_MOVETO, 0, 0, 0), 1);
    const uint32_t code[] = { word_ax(OPCODE_GETFAR, 0, 257), word_abc(OPCODE_END, 0, 0, 0) };
    asm_function(image, IMAGE_FLOW, IMAGE_NEAR_SLOTS + 2, code, 2);
    start(image, NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_uint_eq(t.strand.value.tag, VALUE_NULL);
}
END_TEST

static uint32_t said;

static void count_said(struct strand *s, const struct text *text)
{
    (void)s;
    (void)text;
    said++;
}

/* A turn that goes through a megabyte is not one that adds two numbers. */
START_TEST(a_long_text_costs_by_its_length)
{
    struct image *image = ASM_FLOW(2, word_ax(OPCODE_LOADK, 0, K_FREE),
                                   word_abc(OPCODE_SAY, 0, 0, 0), word_abc(OPCODE_BUILTIN, 1, 0, 1),
                                   BUILTIN_SHA256, word_x(OPCODE_JUMP, (uint32_t)-4 & 0xffffff));
    struct value text = value_text_sized(1 << 20);
    memset(text.text->data, 'x', 1 << 20);
    asm_constant(image, text);
    start(image, NULL);
    t.host.say = count_said;
    said = 0;
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "does not end"));
    ck_assert_uint_le(said, 4000); /* of a fuel of 1,000,000, 1 + 256 a turn */
}
END_TEST

/* A loop of one instruction over what `make` gave as the constant in slots 0 and 1 (another copy);
 * returns how many turns a fuel of 100,000 was enough for. */
static uint32_t turns_of(struct value (*make)(struct value *part), uint32_t word, bool jumps)
{
    struct image *image =
        jumps ? ASM_FLOW(3, word_ax(OPCODE_LOADK, 0, K_FREE), word_ax(OPCODE_LOADK, 1, K_FREE + 1),
                         word_ax(OPCODE_LOADK, 2, K_TEXT), word_abc(OPCODE_SAY, 2, 0, 0), word, 0,
                         word_x(OPCODE_JUMP, (uint32_t)-5 & 0xffffff))
              : ASM_FLOW(3, word_ax(OPCODE_LOADK, 0, K_FREE), word_ax(OPCODE_LOADK, 1, K_FREE + 1),
                         word_ax(OPCODE_LOADK, 2, K_TEXT), word_abc(OPCODE_SAY, 2, 0, 0), word,
                         word_x(OPCODE_JUMP, (uint32_t)-4 & 0xffffff));
    struct value parts[2] = { value_null(), value_null() }; /* rows of their own, as in files */
    asm_constant(image, make(&parts[0]));
    asm_constant(image, make(&parts[1]));
    asm_constant(image, parts[0]);
    asm_constant(image, parts[1]);
    start(image, NULL);
    t.host.fuel = 100000;
    t.host.say = count_said;
    said = 0;
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_msg(strstr(t.strand.failure, "does not end") != NULL, "%s", t.strand.failure);
    return said;
}

static struct value megabyte(struct value *part)
{
    (void)part;
    struct value text = value_text_sized(1 << 20);
    memset(text.text->data, 'x', 1 << 20);
    return text;
}

static struct value list_of_megabyte(struct value *part)
{
    struct value list = value_list(1);
    *part = megabyte(NULL);
    value_list_push(&list, *part);
    return list;
}

static struct value list_of_lists(struct value *part)
{
    struct value list = value_list(1 << 16);
    *part = value_list(0);
    for (int i = 0; i < 1 << 16; i++)
        value_list_push(&list, *part);
    return list;
}

/* Comparing costs by what is looked through, in an instruction and in a jump, and at any depth. */
START_TEST(a_comparison_costs_by_what_it_looks_through)
{
    static const struct {
        struct value (*make)(struct value *part);
        uint8_t op;
        uint32_t most;
    } values[] = {
        { megabyte, OPCODE_EQUAL, 400 },      { megabyte, OPCODE_NOTEQUAL, 400 },
        { megabyte, OPCODE_LESS, 400 },       { megabyte, OPCODE_LESSEQUAL, 400 },
        { megabyte, OPCODE_IN, 400 },         { list_of_megabyte, OPCODE_EQUAL, 200 },
        { list_of_megabyte, OPCODE_IN, 200 }, { list_of_lists, OPCODE_EQUAL, 400 },
        { list_of_lists, OPCODE_IN, 400 },
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint32_t turns = turns_of(values[i].make, word_abc(values[i].op, 2, 0, 1), false);
        ck_assert_uint_ge(turns, 10);
        ck_assert_msg(turns <= values[i].most, "%zu: %u turns", i, turns);
        teardown();
    }
    static const uint8_t jumps[] = { OPCODE_JEQUAL, OPCODE_JLESS, OPCODE_JLESSEQUAL };
    for (size_t i = 0; i < 2 * sizeof jumps; i++) {
        uint32_t turns = turns_of(megabyte, word_abc(jumps[i / 2], 0, 1, i % 2), true);
        ck_assert_msg(turns >= 10 && turns <= 400, "%zu: %u turns", i, turns);
        teardown();
    }
}
END_TEST

static struct value list_of_ints(struct value *part)
{
    (void)part;
    struct value list = value_list(1 << 16);
    for (int i = 0; i < 1 << 16; i++)
        value_list_push(&list, value_int(i));
    return list;
}

static struct value some_int(struct value *part)
{
    (void)part;
    return value_int(7);
}

START_TEST(a_list_costs_by_its_items)
{
    ck_assert_uint_le(turns_of(list_of_ints, word_abc(OPCODE_FLATTEN, 2, 0, 0), false), 400);
    teardown();
    ck_assert_uint_le(turns_of(list_of_ints, word_abc(OPCODE_MAPINDEX, 2, 0, 1), false), 400);
}
END_TEST

/* Short ones cost nothing but the turn. */
START_TEST(a_comparison_of_ints_costs_no_fuel)
{
    uint32_t turns = turns_of(some_int, word_abc(OPCODE_EQUAL, 2, 0, 1), false);
    ck_assert_uint_ge(turns, 99999);
}
END_TEST

START_TEST(a_heavy_pattern_costs_by_its_weight)
{
    struct image *image =
        ASM_FLOW(3, word_ax(OPCODE_LOADK, 0, K_TEXT), word_ax(OPCODE_LOADK, 1, K_FREE),
                 word_abc(OPCODE_SAY, 0, 0, 0), word_abc(OPCODE_BUILTIN, 2, 0, 2), BUILTIN_MATCHES,
                 word_x(OPCODE_JUMP, (uint32_t)-4 & 0xffffff));
    asm_text(image, "^(a{1,200}|b{1,200})$");
    start(image, NULL);
    t.host.say = count_said;
    said = 0;
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "does not end"));
    ck_assert_uint_le(said, 2000); /* of a fuel of 1,000,000, more than 500 a turn */
}
END_TEST

/* Looks through a megabyte for what is not there, then ends with whether it was found. There are
 * too many ways through the pattern for an automaton. */
#define HARD "(a|b)*a(a|b){20}c"

static void start_search(const char *pattern)
{
    struct image *image =
        ASM_FLOW(3, word_ax(OPCODE_LOADK, 0, K_FREE), word_ax(OPCODE_LOADK, 1, K_FREE + 1),
                 word_abc(OPCODE_BUILTIN, 2, 0, 2), BUILTIN_MATCHES, word_abc(OPCODE_END, 2, 0, 0));
    struct value text = value_text_sized(1 << 20);
    uint32_t state = 1;
    for (size_t i = 0; i < 1 << 20; i++) {
        state = state * 1664525u + 1013904223u;
        text.text->data[i] = state >> 31 ? 'a' : 'b';
    }
    text.text->data[(1 << 20) - 21] = 'a';
    asm_constant(image, text);
    asm_text(image, pattern);
    start(image, NULL);
}

START_TEST(a_long_search_yields_so_that_others_get_their_turn)
{
    unsigned turns = 0;
    start_search(HARD);
    t.host.fuel = 10000000;
    for (; vm_step(&t.strand) == VM_YIELD; turns++)
        vm_resume(&t.strand);
    ck_assert_uint_ge(turns, 5);
    ck_assert_int_eq(t.strand.state, VM_ENDED);
    ck_assert(t.strand.value.tag == VALUE_BOOL && !t.strand.value.boolean);
}
END_TEST

START_TEST(a_search_in_parts_finds_what_one_at_once_does)
{
    start_search("^(a|b)*a(a|b){20}$");
    t.host.fuel = 10000000;
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert(t.strand.value.tag == VALUE_BOOL && t.strand.value.boolean);
}
END_TEST

START_TEST(a_search_costs_by_its_steps)
{
    start_search(HARD);
    t.host.fuel = 50000;
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "does not end"));
}
END_TEST

START_TEST(a_search_that_is_broken_off_is_freed)
{
    start_search(HARD);
    ck_assert_int_eq(vm_step(&t.strand), VM_YIELD);
    ck_assert_ptr_nonnull(t.strand.search);
}
END_TEST

START_TEST(a_flow_without_slots_runs)
{
    start(ASM_FLOW(0, END), NULL);
    ck_assert_int_eq(go(), VM_ENDED);
}
END_TEST

START_TEST(a_long_loop_yields_so_that_others_get_their_turn)
{
    start(ASM_FLOW(1, word_x(OPCODE_JUMP, (uint32_t)-1 & 0xffffff)), NULL);
    ck_assert_int_eq(vm_step(&t.strand), VM_YIELD);
}
END_TEST

START_TEST(an_overflow_is_a_fault_at_its_place)
{
    struct image *image =
        ASM_FLOW(2, word_ax(OPCODE_LOADK, 0, K_FREE), word_abc(OPCODE_ADDI, 0, 0, 1), END);
    asm_constant(image, value_int(INT64_MAX));
    start(image, NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_uint_eq(t.strand.pc, 1);
}
END_TEST

START_TEST(a_condition_that_is_no_bool_is_a_fault)
{
    start(ASM_FLOW(1, word_ax(OPCODE_LOADK, 0, K_TEXT), word_abc(OPCODE_JTRUE, 0, 0, 0), 0, END),
          NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "got text"));
}
END_TEST

START_TEST(a_wait_suspends_for_its_time)
{
    start(ASM_FLOW(1, word_ax(OPCODE_LOADINT, 0, 250), word_abc(OPCODE_WAIT, 0, 0, 0), END), NULL);
    ck_assert_int_eq(go(), VM_WAIT);
    ck_assert_int_eq(t.strand.wait_ms, 250);
    vm_resume(&t.strand);
    ck_assert_int_eq(go(), VM_ENDED);
}
END_TEST

START_TEST(a_negative_wait_is_a_fault)
{
    start(ASM_FLOW(1, word_ax(OPCODE_LOADINT, 0, 0xffff), word_abc(OPCODE_WAIT, 0, 0, 0), END),
          NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
}
END_TEST

START_TEST(an_input_that_is_not_given_takes_its_default)
{
    for (int given = 0; given < 2; given++) {
        struct image *image =
            ASM_FLOW(1, word_abc(OPCODE_JGIVEN, 0, 0, 0), 1, word_ax(OPCODE_LOADINT, 0, 7),
                     word_abc(OPCODE_END, 0, 0, 0));
        image->functions[0].input_count = 1;
        struct image_input *input = ASM_ROW(image, inputs, input_count);
        input->name = K_TEXT;
        input->has_default = true;
        struct value arg = given ? value_int(5) : vm_missing();
        start(image, &arg);
        ck_assert_int_eq(go(), VM_ENDED);
        ck_assert_int_eq(t.strand.value.integer, given ? 5 : 7);
        teardown();
    }
}
END_TEST

/* GET of /text, then each outcome says the status and ends with the error. */
static struct image *call(void)
{
    struct image *image =
        ASM_FLOW(5, word_abc(OPCODE_REQUEST, 0, 0, 0), 0, word_abc(OPCODE_PATHTEXT, 0, 0, 0),
                 K_FREE, word_ax(OPCODE_LOADK, 4, K_TEXT), word_abc(OPCODE_PATHVALUE, 4, 0, 0),
                 word_abc(OPCODE_SEND, 0, 0, 0), 0, word_abc(OPCODE_SAY, 0, 0, 0),
                 word_abc(OPCODE_END, 3, 0, 0));
    asm_text(image, "/");
    image->functions[0].first_temp = 0;
    asm_call(image, 8);
    return image;
}

START_TEST(a_call_suspends_with_its_request)
{
    start(call(), NULL);
    ck_assert_int_eq(go(), VM_REQUEST);
    ck_assert_ptr_nonnull(t.strand.request);
    ck_assert_str_eq(bytes_text(&t.strand.request->url), "http://127.0.0.1:1/text");
}
END_TEST

/* What a request was built from may be large, and a call may take minutes. */
START_TEST(nothing_that_a_request_was_built_from_is_held_during_the_call)
{
    start(call(), NULL);
    ck_assert_int_eq(go(), VM_REQUEST);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_int_eq(t.strand.slots[i].tag, VALUE_NULL);
}
END_TEST

START_TEST(a_status_goes_to_its_arm_without_an_error)
{
    start(call(), NULL);
    go();
    vm_resume_call(&t.strand, &(struct outcome_facts){ .label = 200, .status = 200 });
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_str_eq(bytes_text(&t.said), "200\n");
    ck_assert_int_eq(t.strand.value.tag, VALUE_NULL);
}
END_TEST

START_TEST(an_error_brings_its_kind_and_message)
{
    start(call(), NULL);
    go();
    char words[] = "no such host";
    vm_resume_call(&t.strand, &(struct outcome_facts){ .label = label_of_outcome(OUTCOME_ERROR),
                                                       .kind = ERROR_DNS,
                                                       .message = words });
    ck_assert_int_eq(go(), VM_ENDED);
    const struct value *kind = value_object_find_bytes(t.strand.value.object, "kind", 4);
    const struct value *message = value_object_find_bytes(t.strand.value.object, "message", 7);
    ck_assert_str_eq(kind->text->data, "dns");
    ck_assert_str_eq(message->text->data, "no such host");
}
END_TEST

START_TEST(a_request_that_cannot_be_built_says_why)
{
    struct image *image = call();
    image->constants[K_TEXT].text->data[0] = '.';
    image->constants[K_TEXT].text->data[1] = '.';
    image->constants[K_TEXT].text->data[2] = '\0';
    image->constants[K_TEXT].text->len = 2;
    start(image, NULL);
    ck_assert_int_eq(go(), VM_REQUEST);
    ck_assert_ptr_null(t.strand.request);
    ck_assert_ptr_nonnull(t.strand.failure);
}
END_TEST

/* main calls a second flow, whose code is the test's, and ends with its result or error. */
static struct image *nested(const uint32_t *code, uint32_t count)
{
    struct image *image = ASM_FLOW(3, word_abc(OPCODE_CALL, 0, 0, 0), 0,
                                   word_abc(OPCODE_END, 0, 0, 0), word_abc(OPCODE_END, 1, 0, 0));
    asm_function(image, IMAGE_FLOW, 1, code, count);
    struct image_site *s = ASM_ROW(image, sites, site_count);
    *s = (struct image_site){ .kind = IMAGE_SITE_CALL, .arm_count = 2, .detail = 1 };
    asm_arm(image, label_of_outcome(OUTCOME_OK), 2);
    asm_arm(image, label_of_outcome(OUTCOME_FAIL), 3);
    return image;
}

/* Turns that do nothing but call: of a fuel that is no multiple of what one costs, a slice ends at
 * the call, at the end of the flow and at the jump. */
START_TEST(calls_one_after_another_use_up_their_fuel)
{
    static const uint32_t ends[] = { OPCODE_END, OPCODE_ENDNONE, OPCODE_FAIL, OPCODE_FAILNONE };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const uint32_t code[] = { word_ax(OPCODE_LOADINT, 0, 5), word_abc(ends[i], 0, 0, 0) };
        struct image *image = nested(code, 2);
        image->code[2] = word_x(OPCODE_JUMP, (uint32_t)-3 & 0xffffff);
        image->code[3] = word_x(OPCODE_JUMP, (uint32_t)-4 & 0xffffff);
        start(image, NULL);
        t.host.fuel = 100001;
        ck_assert_int_eq(go(), VM_FAULTED);
        ck_assert_ptr_nonnull(strstr(t.strand.failure, "does not end"));
        teardown();
    }
}
END_TEST

START_TEST(a_called_flow_gives_its_result)
{
    const uint32_t code[] = { word_ax(OPCODE_LOADINT, 0, 5), word_abc(OPCODE_END, 0, 0, 0) };
    start(nested(code, 2), NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_int_eq(t.strand.value.integer, 5);
}
END_TEST

START_TEST(a_called_flow_that_fails_gives_an_error_with_its_value)
{
    const uint32_t code[] = { word_ax(OPCODE_LOADK, 0, K_TEXT), word_abc(OPCODE_FAIL, 0, 0, 0) };
    start(nested(code, 2), NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_str_eq(value_object_find_bytes(t.strand.value.object, "kind", 4)->text->data, "fail");
    ck_assert_str_eq(value_object_find_bytes(t.strand.value.object, "message", 7)->text->data,
                     "text");
    ck_assert_str_eq(value_object_find_bytes(t.strand.value.object, "value", 5)->text->data,
                     "text");
}
END_TEST

START_TEST(calls_without_end_are_a_fault_at_200)
{
    struct image *image =
        ASM_FLOW(3, word_abc(OPCODE_CALL, 0, 0, 0), 0, word_abc(OPCODE_END, 0, 0, 0));
    struct image_site *s = ASM_ROW(image, sites, site_count);
    *s = (struct image_site){ .kind = IMAGE_SITE_CALL, .arm_count = 2, .detail = 0 };
    asm_arm(image, label_of_outcome(OUTCOME_OK), 2);
    asm_arm(image, label_of_outcome(OUTCOME_FAIL), 2);
    start(image, NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "200"));
    ck_assert_uint_eq(t.strand.depth, VM_MAX_FRAMES);
}
END_TEST

START_TEST(a_move_replaces_the_frame)
{
    struct image *image =
        ASM_FLOW(1, word_ax(OPCODE_LOADINT, 0, 9), word_abc(OPCODE_MOVETO, 0, 0, 0), 1);
    const uint32_t code[] = { word_abc(OPCODE_END, 0, 0, 0) };
    asm_function(image, IMAGE_FLOW, 1, code, 1)->input_count = 1;
    ASM_ROW(image, inputs, input_count)->name = K_TEXT;
    start(image, NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_int_eq(t.strand.value.integer, 9);
    ck_assert_uint_eq(t.strand.depth, 1);
    ck_assert_uint_eq(t.strand.slot_top, 1);
}
END_TEST

static struct image *question(uint8_t type, uint32_t choices)
{
    struct image *image =
        ASM_FLOW(3, word_ax(OPCODE_LOADK, 0, K_TEXT), word_ax(OPCODE_LOADK, 1, choices),
                 word_abc(OPCODE_ASK, 0, 2, 0), 0, word_abc(OPCODE_END, 2, 0, 0), END,
                 word_abc(OPCODE_FAILNONE, 0, 0, 0));
    struct image_ask *ask = ASM_ROW(image, asks, ask_count);
    *ask = (struct image_ask){ .type = type, .match = IMAGE_NONE, .timeout_ms = 1000 };
    struct image_site *s = ASM_ROW(image, sites, site_count);
    *s = (struct image_site){ .kind = IMAGE_SITE_ASK, .arm_count = 3 };
    asm_arm(image, label_of_outcome(OUTCOME_TIMEOUT), 6);
    asm_arm(image, label_of_outcome(OUTCOME_OK), 4);
    asm_arm(image, label_of_outcome(OUTCOME_INVALID), 5);
    return image;
}

static struct image *question_of_one(void)
{
    struct image *image = question(IMAGE_TYPE_TEXT, K_FREE);
    struct value list = value_list(1);
    value_list_push(&list, image->constants[K_NODE]);
    asm_constant(image, list);
    return image;
}

START_TEST(an_answer_among_the_choices_is_ok)
{
    start(question_of_one(), NULL);
    ck_assert_int_eq(go(), VM_ASK);
    vm_resume_answer(&t.strand, "start", 5);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_str_eq(t.strand.value.text->data, "start");
}
END_TEST

START_TEST(an_answer_beside_the_choices_is_invalid)
{
    start(question_of_one(), NULL);
    go();
    vm_resume_answer(&t.strand, "stop", 4);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert(!t.strand.has_value);
}
END_TEST

/* Parts that are shared count each time, for an answer is held against all of them. */
START_TEST(choices_beyond_4_mb_are_a_fault)
{
    struct image *image = question(IMAGE_TYPE_TEXT, K_FREE);
    struct value row = value_list(1000);
    for (int i = 0; i < 1000; i++)
        value_list_push(&row, value_int(i));
    value_make_immortal(row);
    struct value all = value_list(300);
    for (int i = 0; i < 300; i++)
        value_list_push(&all, row);
    asm_constant(image, all);
    asm_constant(image, row);
    start(image, NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "4 MB"));
}
END_TEST

START_TEST(no_answer_is_the_timeout)
{
    start(question_of_one(), NULL);
    go();
    vm_resume_answer(&t.strand, NULL, 0);
    ck_assert_int_eq(go(), VM_FAILED);
}
END_TEST

START_TEST(an_answer_of_a_type_is_read_as_it)
{
    struct image *image = question(IMAGE_TYPE_INT, K_FREE);
    asm_constant(image, value_null());
    start(image, NULL);
    go();
    vm_resume_answer(&t.strand, " 42 ", 4);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_int_eq(t.strand.value.integer, 42);
    teardown();
    image = question(IMAGE_TYPE_INT, K_FREE);
    asm_constant(image, value_null());
    start(image, NULL);
    go();
    vm_resume_answer(&t.strand, "4.5", 3);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert(!t.strand.has_value);
}
END_TEST

START_TEST(a_group_spawns_then_joins_in_order)
{
    struct image *image =
        ASM_FLOW(4, word_abc(OPCODE_GROUP, 0, 0, 0), 0, word_abc(OPCODE_SPAWN, 0, 0, 0), 1,
                 word_abc(OPCODE_SPAWN, 0, 0, 0), 1, word_abc(OPCODE_JOIN, 0, 0, 0), 0,
                 word_abc(OPCODE_END, 1, 0, 0));
    const uint32_t code[] = { END };
    asm_function(image, IMAGE_FLOW, 1, code, 1);
    struct image_site *s = ASM_ROW(image, sites, site_count);
    *s = (struct image_site){ .kind = IMAGE_SITE_PARALLEL, .arm_count = 2, .detail = 2 };
    asm_arm(image, label_of_outcome(OUTCOME_OK), 8);
    asm_arm(image, label_of_outcome(OUTCOME_FAIL), 8);
    start(image, NULL);
    ck_assert_int_eq(go(), VM_SPAWN);
    vm_resume(&t.strand);
    ck_assert_int_eq(go(), VM_SPAWN);
    ck_assert_uint_eq(t.strand.spawn_count, 2);
    vm_resume(&t.strand);
    ck_assert_int_eq(go(), VM_JOIN);
    struct value results = value_list(2);
    value_list_push(&results, value_int(1));
    value_list_push(&results, value_int(2));
    vm_resume_group(&t.strand, results, false, false, value_null());
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_int_eq(t.strand.value.integer, 2);
}
END_TEST

START_TEST(a_text_beyond_64_mb_is_a_fault)
{
    start(ASM_FLOW(2, word_ax(OPCODE_LOADK, 0, K_TEXT), word_abc(OPCODE_MOVE, 1, 0, 0),
                   word_abc(OPCODE_CONCAT, 0, 0, 2), word_x(OPCODE_JUMP, (uint32_t)-3 & 0xffffff)),
          NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "64 MB"));
}
END_TEST

START_TEST(a_sum_of_texts_beyond_64_mb_is_a_fault)
{
    start(ASM_FLOW(1, word_ax(OPCODE_LOADK, 0, K_TEXT), word_abc(OPCODE_ADD, 0, 0, 0),
                   word_x(OPCODE_JUMP, (uint32_t)-2 & 0xffffff)),
          NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "64 MB"));
}
END_TEST

START_TEST(a_sum_of_lists_beyond_ten_million_items_is_a_fault)
{
    start(ASM_FLOW(2, word_ax(OPCODE_LIST, 0, 1), word_ax(OPCODE_LOADINT, 1, 7),
                   word_abc(OPCODE_PUSH, 0, 1, 0), word_abc(OPCODE_ADD, 0, 0, 0),
                   word_x(OPCODE_JUMP, (uint32_t)-2 & 0xffffff)),
          NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "10,000,000 items"));
}
END_TEST

START_TEST(a_list_that_is_added_to_without_end_is_a_fault)
{
    start(ASM_FLOW(2, word_ax(OPCODE_LIST, 0, 1), word_ax(OPCODE_LOADINT, 1, 7),
                   word_abc(OPCODE_PUSH, 0, 1, 0), word_x(OPCODE_JUMP, (uint32_t)-2 & 0xffffff)),
          NULL);
    t.host.fuel = 20000000;
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "10,000,000 items"));
}
END_TEST

START_TEST(a_value_that_holds_itself_again_and_again_is_a_fault_not_a_crash)
{
    /* list = [list, list], then said: 2^n texts. */
    start(ASM_FLOW(3, word_ax(OPCODE_LOADK, 0, K_TEXT), word_ax(OPCODE_LOADINT, 2, 0),
                   word_ax(OPCODE_LIST, 1, 2), word_abc(OPCODE_PUSH, 1, 0, 0),
                   word_abc(OPCODE_PUSH, 1, 0, 0), word_abc(OPCODE_MOVE, 0, 1, 0),
                   word_abc(OPCODE_COUNT, 2, 0, 0), 60, word_x(OPCODE_JUMP, 1),
                   word_x(OPCODE_JUMP, (uint32_t)-8 & 0xffffff), word_abc(OPCODE_SAY, 0, 0, 0),
                   END),
          NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "64 MB"));
}
END_TEST

START_TEST(a_value_nested_too_deeply_is_a_fault)
{
    start(ASM_FLOW(2, word_ax(OPCODE_LOADK, 0, K_TEXT), word_ax(OPCODE_LIST, 1, 1),
                   word_abc(OPCODE_PUSH, 1, 0, 0), word_abc(OPCODE_MOVE, 0, 1, 0),
                   word_x(OPCODE_JUMP, (uint32_t)-4 & 0xffffff)),
          NULL);
    ck_assert_int_eq(go(), VM_FAULTED);
    ck_assert_ptr_nonnull(strstr(t.strand.failure, "deeper"));
}
END_TEST

START_TEST(mapping_flattens_and_keeps_nulls)
{
    struct image *image =
        ASM_FLOW(2, word_ax(OPCODE_LOADK, 0, K_FREE), word_abc(OPCODE_EACH, 1, 0, 0),
                 word_abc(OPCODE_MAPMEMBER, 1, 1, 0), K_TEXT, word_abc(OPCODE_FLATTEN, 1, 1, 0),
                 word_abc(OPCODE_END, 1, 0, 0));
    struct value inner = value_list(2);
    value_list_push(&inner, value_int(1));
    value_list_push(&inner, value_int(2));
    struct value object = value_object(1);
    value_object_put(&object, image->constants[K_TEXT].text, inner);
    struct value list = value_list(2);
    value_list_push(&list, object);
    value_list_push(&list, value_ref(object));
    asm_constant(image, list); /* K_FREE; its parts are rows of their own, as in files */
    asm_constant(image, inner);
    asm_constant(image, object);
    start(image, NULL);
    ck_assert_int_eq(go(), VM_ENDED);
    ck_assert_uint_eq(t.strand.value.list->len, 4);
    ck_assert_int_eq(t.strand.value.list->items[3].integer, 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm");
    TCase *c = tcase_create("vm");
    tcase_add_checked_fixture(c, NULL, teardown);
    tcase_add_test(c, a_flow_says_and_ends_with_its_value);
    tcase_add_test(c, an_end_without_a_value_has_none);
    tcase_add_test(c, a_loop_counts_its_turns_and_then_takes_the_other_way);
    tcase_add_test(c, a_loop_without_end_uses_up_its_fuel);
    tcase_add_test(c, a_far_slot_is_null_until_it_is_written);
    tcase_add_test(c, a_move_costs_by_the_slots_of_its_frame);
    tcase_add_test(c, a_long_text_costs_by_its_length);
    tcase_add_test(c, a_comparison_costs_by_what_it_looks_through);
    tcase_add_test(c, a_list_costs_by_its_items);
    tcase_add_test(c, a_comparison_of_ints_costs_no_fuel);
    tcase_add_test(c, a_heavy_pattern_costs_by_its_weight);
    tcase_add_test(c, a_long_search_yields_so_that_others_get_their_turn);
    tcase_add_test(c, a_search_in_parts_finds_what_one_at_once_does);
    tcase_add_test(c, a_search_costs_by_its_steps);
    tcase_add_test(c, a_search_that_is_broken_off_is_freed);
    tcase_add_test(c, a_flow_without_slots_runs);
    tcase_add_test(c, a_long_loop_yields_so_that_others_get_their_turn);
    tcase_add_test(c, an_overflow_is_a_fault_at_its_place);
    tcase_add_test(c, a_condition_that_is_no_bool_is_a_fault);
    tcase_add_test(c, a_wait_suspends_for_its_time);
    tcase_add_test(c, a_negative_wait_is_a_fault);
    tcase_add_test(c, an_input_that_is_not_given_takes_its_default);
    tcase_add_test(c, a_call_suspends_with_its_request);
    tcase_add_test(c, nothing_that_a_request_was_built_from_is_held_during_the_call);
    tcase_add_test(c, a_status_goes_to_its_arm_without_an_error);
    tcase_add_test(c, an_error_brings_its_kind_and_message);
    tcase_add_test(c, a_request_that_cannot_be_built_says_why);
    tcase_add_test(c, calls_one_after_another_use_up_their_fuel);
    tcase_add_test(c, a_called_flow_gives_its_result);
    tcase_add_test(c, a_called_flow_that_fails_gives_an_error_with_its_value);
    tcase_add_test(c, calls_without_end_are_a_fault_at_200);
    tcase_add_test(c, a_move_replaces_the_frame);
    tcase_add_test(c, an_answer_among_the_choices_is_ok);
    tcase_add_test(c, an_answer_beside_the_choices_is_invalid);
    tcase_add_test(c, choices_beyond_4_mb_are_a_fault);
    tcase_add_test(c, no_answer_is_the_timeout);
    tcase_add_test(c, an_answer_of_a_type_is_read_as_it);
    tcase_add_test(c, a_group_spawns_then_joins_in_order);
    tcase_add_test(c, a_text_beyond_64_mb_is_a_fault);
    tcase_add_test(c, a_sum_of_texts_beyond_64_mb_is_a_fault);
    tcase_add_test(c, a_sum_of_lists_beyond_ten_million_items_is_a_fault);
    tcase_add_test(c, a_list_that_is_added_to_without_end_is_a_fault);
    tcase_add_test(c, a_value_that_holds_itself_again_and_again_is_a_fault_not_a_crash);
    tcase_add_test(c, a_value_nested_too_deeply_is_a_fault);
    tcase_add_test(c, mapping_flattens_and_keeps_nulls);
    suite_add_tcase(s, c);
    return suite_main(s);
}
