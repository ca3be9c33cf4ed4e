#include "base/value.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "formats/json.h"

#include "suite.h"

#include <string.h>

static struct value json(const char *text)
{
    struct value v;
    struct json_error error;
    if (!json_read(text, strlen(text), &v, &error))
        ck_abort_msg("%s: %s at %zu", text, error.message, error.offset);
    return v;
}

/* v, which is taken, as JSON is text. */
static void expect(struct value v, const char *text)
{
    struct bytes b = { 0 };
    json_write(&b, v);
    ck_assert_str_eq(bytes_text(&b), text);
    bytes_release(&b);
    value_unref(v);
}

static bool equal(const char *a, const char *b)
{
    struct value x = json(a);
    struct value y = json(b);
    bool forth = value_equal(x, y);
    ck_assert(forth == value_equal(y, x));
    value_unref(x);
    value_unref(y);
    return forth;
}

static int order(const char *a, const char *b)
{
    struct value x = json(a);
    struct value y = json(b);
    int forth = 0;
    int back = 0;
    ck_assert(value_order(x, y, &forth));
    ck_assert(value_order(y, x, &back));
    ck_assert_int_eq((forth > 0) - (forth < 0), (back < 0) - (back > 0));
    value_unref(x);
    value_unref(y);
    return (forth > 0) - (forth < 0);
}

START_TEST(a_value_takes_sixteen_bytes)
{
    ck_assert_uint_eq(sizeof(struct value), 16);
}
END_TEST

START_TEST(a_text_keeps_nul_and_ends_with_nul)
{
    struct value v = value_text("a\0b", 3);
    ck_assert_uint_eq(v.text->len, 3);
    ck_assert_mem_eq(v.text->data, "a\0b\0", 4);
    value_unref(v);
}
END_TEST

START_TEST(pushing_to_a_shared_list_leaves_the_other_owner_alone)
{
    struct value a = json("[1,2]");
    struct value b = value_ref(a);
    value_list_push(&a, value_int(3));
    expect(a, "[1,2,3]");
    expect(b, "[1,2]");
}
END_TEST

START_TEST(a_list_with_one_owner_grows_in_place)
{
    struct value v = value_list(0);
    for (int i = 0; i < 1000; i++)
        value_list_push(&v, value_int(i));
    ck_assert_uint_eq(v.list->len, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(v.list->items[i].integer, i);
    value_unref(v);
}
END_TEST

START_TEST(a_list_can_be_pushed_to_itself)
{
    struct value v = json("[1]");
    value_list_push(&v, value_ref(v));
    expect(v, "[1,[1]]");
}
END_TEST

/* What is asked of the heap, copies included, while 100,000 pieces of 10 bytes or an item are
 * added. */
START_TEST(adding_again_and_again_asks_for_memory_in_proportion)
{
    struct value text = value_text("", 0);
    struct value list = value_list(0);
    struct value item = value_list(1);
    value_list_push(&item, value_int(1));
    size_t before = mem_allocated();
    for (int i = 0; i < 100000; i++) {
        value_text_append(&text, "0123456789", 10);
        value_list_append(&list, item.list);
    }
    ck_assert_uint_lt(mem_allocated() - before, 100000 * (10 + sizeof(struct value)) * 4);
    ck_assert_uint_eq(text.text->len, 1000000);
    ck_assert_uint_eq(strlen(text.text->data), 1000000);
    ck_assert_uint_eq(list.list->len, 100000);
    ck_assert_uint_ge(value_size(text), 1000000);
    value_unref(text);
    value_unref(list);
    value_unref(item);
}
END_TEST

START_TEST(appending_leaves_other_owners_alone)
{
    struct value text = value_text_of("ab");
    struct value other = value_ref(text);
    struct value constant = value_text_of("x");
    value_make_immortal(constant);
    struct value changed = constant;
    value_text_append(&text, "cd", 2);
    value_text_append(&changed, "y", 1);
    expect(text, "\"abcd\"");
    expect(other, "\"ab\"");
    expect(changed, "\"xy\"");
    expect(constant, "\"x\"");
    value_free_immortal(constant);
    struct value list = json("[1]");
    struct value kept = value_ref(list);
    struct value added = json("[2,[3]]");
    value_list_append(&list, added.list);
    ck_assert_uint_eq(value_depth(list), 2);
    expect(list, "[1,2,[3]]");
    expect(kept, "[1]");
    expect(added, "[2,[3]]");
}
END_TEST

START_TEST(a_text_that_was_appended_to_is_found_as_a_key)
{
    struct value object = value_object(0);
    for (int i = 0; i < 20; i++) {
        struct value key = value_text("k", 1);
        ck_assert_uint_ne(value_text_hash(key.text), 0);
        char digits[8];
        value_text_append(&key, digits, (size_t)snprintf(digits, sizeof digits, "%d", i));
        value_object_put(&object, key.text, value_int(i));
        value_unref(key);
    }
    for (int i = 0; i < 20; i++) {
        char key[8];
        size_t len = (size_t)snprintf(key, sizeof key, "k%d", i);
        ck_assert_int_eq(value_object_find_bytes(object.object, key, len)->integer, i);
    }
    value_unref(object);
}
END_TEST

static void check_characters(struct text *t)
{
    size_t count = utf8_count(t->data, t->len);
    ck_assert_uint_eq(value_text_offset(t, 0), 0);
    ck_assert_uint_eq(value_text_count(t), count);
    for (uint32_t i = 0; i < count + 2; i += 1 + i % 61)
        ck_assert_uint_eq(value_text_offset(t, i), utf8_offset(t->data, t->len, i));
}

/* Below, at and above the length from which on a text remembers; while it grows; and as a constant.
 */
START_TEST(characters_are_found_by_number_in_texts_of_every_length)
{
    struct value v = value_text("", 0);
    for (int i = 0; i < 600; i++) {
        value_text_append(&v, "a\u00e4\u20ac\U0001f600", i % 2 ? 10 : 6);
        check_characters(v.text);
    }
    struct value shared = value_ref(v);
    value_text_append(&v, "\u20ac", 3);
    check_characters(v.text);
    check_characters(shared.text);
    ck_assert_uint_eq(value_text_count(shared.text) + 1, value_text_count(v.text));
    value_unref(shared);
    value_make_immortal(v);
    check_characters(v.text);
    value_free_immortal(v);
}
END_TEST

START_TEST(an_object_can_be_put_into_itself)
{
    struct value v = json("{\"a\":1}");
    value_object_put_bytes(&v, "me", 2, value_ref(v));
    expect(v, "{\"a\":1,\"me\":{\"a\":1}}");
}
END_TEST

START_TEST(a_key_that_is_there_keeps_its_place)
{
    struct value v = json("{\"a\":1,\"b\":2}");
    value_object_put_bytes(&v, "a", 1, value_text_of("new"));
    expect(v, "{\"a\":\"new\",\"b\":2}");
}
END_TEST

START_TEST(putting_into_a_shared_object_leaves_the_other_owner_alone)
{
    struct value a = json("{\"a\":[1]}");
    struct value b = value_ref(a);
    value_object_put_bytes(&a, "a", 1, value_null());
    value_object_put_bytes(&a, "b", 1, value_bool(true));
    expect(a, "{\"a\":null,\"b\":true}");
    expect(b, "{\"a\":[1]}");
}
END_TEST

static void check_members(const struct object *o, int n)
{
    char key[20];
    ck_assert_int_eq((int)o->len, n);
    for (int i = 0; i < n; i++) {
        int len = snprintf(key, sizeof key, "key%d", i);
        const struct value *found = value_object_find_bytes(o, key, (size_t)len);
        ck_assert_ptr_nonnull(found);
        ck_assert_int_eq(found->integer, i);
        ck_assert_str_eq(o->members[i].key->data, key);
        struct value text = value_text_of(key);
        ck_assert_ptr_eq(value_object_find(o, text.text), found);
        value_unref(text);
    }
    ck_assert_ptr_null(value_object_find_bytes(o, "nokey", 5));
    ck_assert_ptr_null(value_object_find_bytes(o, "key", 3));
}

START_TEST(members_are_found_in_objects_of_every_size)
{
    struct value v = value_object(0);
    char key[20];
    for (int i = 0; i < 3000; i++) {
        int len = snprintf(key, sizeof key, "key%d", i);
        value_object_put_bytes(&v, key, (size_t)len, value_int(-1));
        value_object_put_bytes(&v, key, (size_t)len, value_int(i));
        if (i < 40 || i == 2999)
            check_members(v.object, i + 1);
    }
    value_unref(v);
}
END_TEST

START_TEST(a_copy_of_a_large_object_finds_its_members)
{
    struct value a = value_object(0);
    char key[20];
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "key%d", i);
        value_object_put_bytes(&a, key, strlen(key), value_int(i));
    }
    struct value b = value_ref(a);
    value_object_put_bytes(&b, "key20", 5, value_int(20));
    check_members(a.object, 20);
    check_members(b.object, 21);
    value_unref(a);
    value_unref(b);
}
END_TEST

START_TEST(a_list_and_an_object_are_made_of_parts)
{
    struct value items[] = { value_int(1), value_text_of("x"), json("[[]]") };
    struct value list = value_list_of(items, 3);
    ck_assert_uint_eq(value_depth(list), 3);
    expect(list, "[1,\"x\",[[]]]");
    struct value pairs[] = { value_text_of("a"), value_int(1),       value_text_of("b"),
                             json("[]"),         value_text_of("a"), value_text_of("last") };
    struct value object = value_object_of(pairs, 3);
    ck_assert_uint_eq(value_depth(object), 2);
    expect(object, "{\"a\":\"last\",\"b\":[]}");
    expect(value_list_of(NULL, 0), "[]");
    expect(value_object_of(NULL, 0), "{}");
}
END_TEST

START_TEST(depth_counts_the_deepest_way)
{
    static const struct {
        const char *text;
        unsigned depth;
    } cases[] = { { "null", 0 },
                  { "\"x\"", 0 },
                  { "[]", 1 },
                  { "{}", 1 },
                  { "[1,[2,[3]],4]", 3 },
                  { "{\"a\":{\"b\":1}}", 2 },
                  { "[{\"a\":[]},1]", 3 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value v = json(cases[i].text);
        ck_assert_uint_eq(value_depth(v), cases[i].depth);
        value_unref(v);
    }
}
END_TEST

START_TEST(the_deepest_value_is_written_compared_and_freed)
{
    struct value v[2];
    for (int n = 0; n < 2; n++) {
        v[n] = value_list(0);
        while (value_depth(v[n]) < VALUE_MAX_DEPTH) {
            struct value outer = n ? value_list(1) : value_list(0);
            value_list_push(&outer, v[n]);
            v[n] = outer;
        }
    }
    ck_assert(value_equal(v[0], v[1]));
    struct bytes b = { 0 };
    json_write(&b, v[0]);
    ck_assert_uint_eq(b.len, 2 * VALUE_MAX_DEPTH);
    bytes_release(&b);
    value_unref(v[0]);
    value_unref(v[1]);
}
END_TEST

START_TEST(equality_is_deep)
{
    ck_assert(equal("[1,{\"a\":null}]", "[1,{\"a\":null}]"));
    ck_assert(equal("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}"));
    ck_assert(equal("true", "true"));
    ck_assert(equal("null", "null"));
    ck_assert(!equal("[1,2]", "[2,1]"));
    ck_assert(!equal("[1]", "[1,1]"));
    ck_assert(!equal("{\"a\":1}", "{\"b\":1}"));
    ck_assert(!equal("{\"a\":1}", "{\"a\":1,\"b\":1}"));
    ck_assert(!equal("true", "false"));
    ck_assert(!equal("null", "false"));
    ck_assert(!equal("1", "\"1\""));
    ck_assert(!equal("\"a\"", "\"a\\u0000\""));
    ck_assert(!equal("[]", "{}"));
    ck_assert(!equal("0", "false"));
}
END_TEST

START_TEST(numbers_are_equal_by_exact_value)
{
    ck_assert(equal("1", "1.0"));
    ck_assert(equal("1000", "1e3"));
    ck_assert(equal("9007199254740993", "9007199254740993.0"));
    ck_assert(!equal("9007199254740993", "9007199254740992.0"));
    ck_assert(!equal("9223372036854775807", "9223372036854775808.0"));
    ck_assert(!equal("9223372036854775807", "9223372036854776000"));
    ck_assert(equal("12345678901234567890", "1234567890123456789e1"));
    ck_assert(equal("0", "-0.0"));
    ck_assert(equal("[1,2.0]", "[1.0,2]"));
}
END_TEST

START_TEST(an_integer_orders_exactly_with_a_double)
{
    ck_assert_int_eq(order("9007199254740993", "9007199254740992.0"), 1);
    ck_assert_int_eq(order("-9007199254740993", "-9007199254740992.0"), -1);
    ck_assert_int_eq(order("9223372036854775807", "9223372036854775808.0"), -1);
    /* These are read as the doubles 2^63 and -2^63. */
    ck_assert_int_eq(order("9223372036854775807", "9223372036854776000"), -1);
    ck_assert_int_eq(order("-9223372036854775808", "-9223372036854776000"), 0);
    ck_assert_int_eq(order("-9223372036854775808", "-9.223372036854775808e18"), 0);
    ck_assert_int_eq(order("9223372036854775807", "1e300"), -1);
    ck_assert_int_eq(order("-9223372036854775808", "-1e300"), 1);
    ck_assert_int_eq(order("3", "2.5"), 1);
    ck_assert_int_eq(order("2", "2.5"), -1);
    ck_assert_int_eq(order("-2", "-2.5"), 1);
    ck_assert_int_eq(order("3", "3.14159265358979323846"), -1);
    ck_assert_int_eq(order("4.5", "3.14159265358979323846"), 1);
    ck_assert_int_eq(order("12345678901234567890", "12345678901234567891"), -1);
}
END_TEST

START_TEST(texts_order_by_code_point)
{
    ck_assert_int_eq(order("\"a\"", "\"b\""), -1);
    ck_assert_int_eq(order("\"a\"", "\"aa\""), -1);
    ck_assert_int_eq(order("\"\"", "\"\\u0000\""), -1);
    ck_assert_int_eq(order("\"z\"", "\"\\u00e4\""), -1);
    ck_assert_int_eq(order("\"\\uffff\"", "\"\\ud83d\\ude00\""), -1);
    ck_assert_int_eq(order("\"same\"", "\"same\""), 0);
}
END_TEST

START_TEST(other_pairs_have_no_order)
{
    int unused;
    struct value list = json("[1]");
    struct value text = json("\"1\"");
    ck_assert(!value_order(value_null(), value_null(), &unused));
    ck_assert(!value_order(value_bool(false), value_bool(true), &unused));
    ck_assert(!value_order(value_int(1), text, &unused));
    ck_assert(!value_order(list, list, &unused));
    value_unref(list);
    value_unref(text);
}
END_TEST

START_TEST(a_decimal_is_a_number)
{
    struct value v = value_decimal("12345678901234567890", 20);
    ck_assert(value_is_numeric(v));
    ck_assert_str_eq(value_type_name(v), "number");
    value_unref(v);
    ck_assert(value_as_double(value_int(-3)) == -3);
}
END_TEST

START_TEST(an_immortal_value_is_never_counted_or_changed)
{
    struct value v = json("{\"list\":[1,\"two\"]}");
    struct value key = { .tag = VALUE_TEXT, .text = v.object->members[0].key };
    struct value list = v.object->members[0].value;
    struct value item = list.list->items[1];
    value_make_immortal(v);
    for (int i = 0; i < 5; i++)
        value_unref(v);
    ck_assert_uint_eq(v.counted->refs, VALUE_IMMORTAL);
    ck_assert_uint_ne(key.text->hash, 0);
    ck_assert_uint_ne(item.text->hash, 0);
    struct value changed = value_ref(v);
    value_object_put_bytes(&changed, "more", 4, value_int(2));
    expect(changed, "{\"list\":[1,\"two\"],\"more\":2}");
    expect(v, "{\"list\":[1,\"two\"]}");
    value_free_immortal(v);
    value_free_immortal(key);
    value_free_immortal(list);
    value_free_immortal(item);
}
END_TEST

START_TEST(equal_texts_have_equal_hashes)
{
    struct value a = value_text_of("the same text");
    struct value b = value_text_of("the same text");
    struct value c = value_text_of("the same texu");
    ck_assert_uint_eq(value_text_hash(a.text), value_text_hash(b.text));
    ck_assert_uint_ne(value_text_hash(a.text), value_text_hash(c.text));
    ck_assert_uint_ne(value_text_hash(a.text), 0);
    value_unref(a);
    value_unref(b);
    value_unref(c);
}
END_TEST

START_TEST(a_size_counts_what_is_on_the_heap)
{
    ck_assert_uint_eq(value_size(value_int(1)), 0);
    struct value text = value_text_of("0123456789");
    ck_assert_uint_ge(value_size(text), 10);
    struct value list = value_list(0);
    value_list_push(&list, value_ref(text));
    size_t once = value_size(list);
    value_list_push(&list, text);
    ck_assert_uint_eq(value_size(list), once + value_size(text));
    value_unref(list);
}
END_TEST

/* Each list holds the one before twice, so that the whole is 2^500 texts. */
START_TEST(a_bounded_size_ends_on_a_value_larger_than_any_memory)
{
    struct value v = value_text_of("x");
    for (int i = 0; i < 500; i++) {
        struct value twice = value_list(2);
        value_list_push(&twice, value_ref(v));
        value_list_push(&twice, v);
        v = twice;
    }
    ck_assert_uint_gt(value_size_up_to(v, 1000000), 1000000);
    value_unref(v);
}
END_TEST

START_TEST(types_have_the_names_of_the_language)
{
    static const char *const texts[] = { "null", "true", "1", "1.5", "\"\"", "[]", "{}" };
    static const char *const names[] = {
        "null", "bool", "int", "number", "text", "list", "object"
    };
    for (int i = 0; i < 7; i++) {
        struct value v = json(texts[i]);
        ck_assert_str_eq(value_type_name(v), names[i]);
        value_unref(v);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("value");
    TCase *t = tcase_create("value");
    suite_add_tcase(s, t);
    tcase_add_test(t, a_value_takes_sixteen_bytes);
    tcase_add_test(t, a_text_keeps_nul_and_ends_with_nul);
    tcase_add_test(t, pushing_to_a_shared_list_leaves_the_other_owner_alone);
    tcase_add_test(t, a_list_with_one_owner_grows_in_place);
    tcase_add_test(t, a_list_can_be_pushed_to_itself);
    tcase_add_test(t, adding_again_and_again_asks_for_memory_in_proportion);
    tcase_add_test(t, appending_leaves_other_owners_alone);
    tcase_add_test(t, a_text_that_was_appended_to_is_found_as_a_key);
    tcase_add_test(t, characters_are_found_by_number_in_texts_of_every_length);
    tcase_add_test(t, an_object_can_be_put_into_itself);
    tcase_add_test(t, a_key_that_is_there_keeps_its_place);
    tcase_add_test(t, putting_into_a_shared_object_leaves_the_other_owner_alone);
    tcase_add_test(t, members_are_found_in_objects_of_every_size);
    tcase_add_test(t, a_copy_of_a_large_object_finds_its_members);
    tcase_add_test(t, a_list_and_an_object_are_made_of_parts);
    tcase_add_test(t, depth_counts_the_deepest_way);
    tcase_add_test(t, the_deepest_value_is_written_compared_and_freed);
    tcase_add_test(t, equality_is_deep);
    tcase_add_test(t, numbers_are_equal_by_exact_value);
    tcase_add_test(t, an_integer_orders_exactly_with_a_double);
    tcase_add_test(t, texts_order_by_code_point);
    tcase_add_test(t, other_pairs_have_no_order);
    tcase_add_test(t, a_decimal_is_a_number);
    tcase_add_test(t, an_immortal_value_is_never_counted_or_changed);
    tcase_add_test(t, equal_texts_have_equal_hashes);
    tcase_add_test(t, a_size_counts_what_is_on_the_heap);
    tcase_add_test(t, a_bounded_size_ends_on_a_value_larger_than_any_memory);
    tcase_add_test(t, types_have_the_names_of_the_language);
    return suite_main(s);
}
