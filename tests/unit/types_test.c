#include "suite.h"

#include "model/types.h"

static struct arena arena;

static void setup(void)
{
    arena = (struct arena){ 0 };
}

static void teardown(void)
{
    arena_release(&arena);
}

static const struct type *basic(enum type_kind kind)
{
    return type_basic(kind);
}

static const struct type *maybe(enum type_kind kind)
{
    return type_optional(&arena, type_basic(kind));
}

static const struct type *object(const char *a, const struct type *x, const char *b,
                                 const struct type *y)
{
    struct type_member *members = arena_array(&arena, 2, sizeof *members);
    members[0] = (struct type_member){ a, x };
    members[1] = (struct type_member){ b, y };
    return type_object(&arena, members, b ? 2 : 1);
}

static void explains(const struct type *from, const struct type *to, const char *wanted)
{
    struct bytes b = { 0 };
    ck_assert(type_explain_misfit(&b, from, to));
    ck_assert_str_eq(bytes_text(&b), wanted);
    bytes_release(&b);
}

static void prints(const struct type *t, const char *wanted)
{
    struct bytes b = { 0 };
    type_print(&b, t);
    ck_assert_str_eq(bytes_text(&b), wanted);
    bytes_release(&b);
}

/* type Tree { kids: [Tree] }, made anew each time: two types that hold themselves. */
static struct type *tree(const char *name)
{
    struct type *t = arena_alloc(&arena, sizeof *t);
    struct type_member *members = arena_array(&arena, 1, sizeof *members);
    *t = (struct type){ .kind = TYPE_OBJECT, .name = name, .members = members, .member_count = 1 };
    members[0] = (struct type_member){ "kids", type_list(&arena, t) };
    return t;
}

START_TEST(an_int_fits_a_number_and_not_the_other_way)
{
    ck_assert(type_fits(basic(TYPE_INT), basic(TYPE_NUMBER)));
    ck_assert(!type_fits(basic(TYPE_NUMBER), basic(TYPE_INT)));
}
END_TEST

START_TEST(a_duration_fits_an_int_and_not_the_other_way)
{
    ck_assert(type_fits(basic(TYPE_DURATION), basic(TYPE_INT)));
    ck_assert(!type_fits(basic(TYPE_INT), basic(TYPE_DURATION)));
}
END_TEST

START_TEST(null_fits_only_what_may_be_null)
{
    ck_assert(type_fits(basic(TYPE_NULL), maybe(TYPE_TEXT)));
    ck_assert(!type_fits(basic(TYPE_NULL), basic(TYPE_TEXT)));
    ck_assert(!type_fits(maybe(TYPE_TEXT), basic(TYPE_TEXT)));
    ck_assert(type_fits(basic(TYPE_TEXT), maybe(TYPE_TEXT)));
}
END_TEST

START_TEST(any_fits_everywhere_and_takes_everything)
{
    for (int kind = TYPE_NULL; kind <= TYPE_ANY; kind++) {
        ck_assert(type_fits(basic((enum type_kind)kind), basic(TYPE_ANY)));
        ck_assert(type_fits(basic(TYPE_ANY), basic((enum type_kind)kind)));
    }
}
END_TEST

START_TEST(an_object_may_have_more_members_but_not_fewer)
{
    const struct type *one = object("a", basic(TYPE_INT), NULL, NULL);
    const struct type *two = object("a", basic(TYPE_INT), "b", basic(TYPE_TEXT));
    ck_assert(type_fits(two, one));
    ck_assert(!type_fits(one, two));
    ck_assert(type_fits(one, object("a", basic(TYPE_INT), "b", maybe(TYPE_TEXT))));
}
END_TEST

START_TEST(a_misfit_names_the_path_and_both_types)
{
    const struct type *item = object("qty", basic(TYPE_TEXT), NULL, NULL);
    const struct type *wanted = object("qty", basic(TYPE_INT), NULL, NULL);
    explains(object("items", type_list(&arena, item), NULL, NULL),
             object("items", type_list(&arena, wanted), NULL, NULL),
             "items[].qty: expected int, got text");
    explains(object("a", basic(TYPE_INT), NULL, NULL), object("b", basic(TYPE_INT), NULL, NULL),
             "b: expected int, but it is missing");
    explains(basic(TYPE_BOOL), basic(TYPE_TEXT), "expected text, got bool");
}
END_TEST

START_TEST(types_that_hold_themselves_are_compared_and_end)
{
    ck_assert(type_fits(tree("A"), tree("B")));
    ck_assert_int_eq(type_join(&arena, tree("A"), tree("B"))->kind, TYPE_OBJECT);
    ck_assert(!type_fits(tree("A"), object("kids", basic(TYPE_INT), NULL, NULL)));
}
END_TEST

START_TEST(a_join_takes_both)
{
    const struct type *t = type_join(&arena, basic(TYPE_INT), basic(TYPE_NUMBER));
    ck_assert_int_eq(t->kind, TYPE_NUMBER);
    t = type_join(&arena, basic(TYPE_NULL), basic(TYPE_TEXT));
    ck_assert_int_eq(t->kind, TYPE_TEXT);
    ck_assert(t->optional);
    t = type_join(&arena, basic(TYPE_TEXT), basic(TYPE_INT));
    ck_assert_int_eq(t->kind, TYPE_ANY);
    t = type_join(&arena, basic(TYPE_UNKNOWN), basic(TYPE_BOOL));
    ck_assert_int_eq(t->kind, TYPE_BOOL);
}
END_TEST

START_TEST(objects_of_the_same_names_are_joined_member_by_member)
{
    const struct type *t = type_join(&arena, object("a", basic(TYPE_INT), "b", basic(TYPE_NULL)),
                                     object("b", basic(TYPE_TEXT), "a", basic(TYPE_INT)));
    prints(t, "{ a: int, b: text? }");
    t = type_join(&arena, object("a", basic(TYPE_INT), NULL, NULL),
                  object("b", basic(TYPE_INT), NULL, NULL));
    ck_assert_int_eq(t->kind, TYPE_ANY);
}
END_TEST

START_TEST(a_secret_survives_every_join)
{
    const struct type *secret = type_with_secret(&arena, basic(TYPE_TEXT), true);
    for (int kind = TYPE_UNKNOWN; kind <= TYPE_ANY; kind++) {
        ck_assert(type_join(&arena, secret, basic((enum type_kind)kind))->secret);
        ck_assert(type_join(&arena, basic((enum type_kind)kind), secret)->secret);
    }
    ck_assert(type_list(&arena, secret)->secret);
    const struct type *o = object("user", basic(TYPE_TEXT), "pass", secret);
    ck_assert(o->secret);
    ck_assert(!type_member(o, "user")->secret);
    const struct type *other = object("user", secret, "pass", basic(TYPE_TEXT));
    const struct type *joined = type_join(&arena, o, other);
    ck_assert(type_member(joined, "user")->secret);
    ck_assert(type_member(joined, "pass")->secret);
}
END_TEST

START_TEST(an_object_that_is_secret_as_a_whole_stays_so)
{
    const struct type *o = object("a", basic(TYPE_TEXT), NULL, NULL);
    const struct type *whole = type_with_secret(&arena, o, true);
    ck_assert(type_is_wholly_secret(whole));
    const struct type *joined = type_join(&arena, whole, object("a", basic(TYPE_INT), NULL, NULL));
    ck_assert(joined->secret);
    ck_assert(joined->kind == TYPE_ANY || type_is_wholly_secret(joined));
}
END_TEST

START_TEST(types_print_as_they_are_written)
{
    prints(type_list(&arena, object("sku", basic(TYPE_TEXT), "qty", maybe(TYPE_INT))),
           "[{ sku: text, qty: int? }]");
    prints(type_optional(&arena, tree("Tree")), "Tree?");
    prints(basic(TYPE_ANY), "any");
}
END_TEST

/* { a, b } that are each { a, b }, and so on: 2^60 places in 60 types. */
static const struct type *doubled(const struct type *innermost)
{
    const struct type *t = innermost;
    for (int i = 0; i < 60; i++)
        t = object("a", t, "b", t);
    return t;
}

START_TEST(types_that_hold_others_many_times_are_gone_through_once)
{
    const struct type *ints = doubled(basic(TYPE_INT));
    const struct type *texts = doubled(maybe(TYPE_TEXT));
    ck_assert(type_fits(ints, doubled(basic(TYPE_NUMBER))));
    ck_assert(!type_fits(doubled(basic(TYPE_NUMBER)), ints));
    const struct type *t = type_join(&arena, ints, texts);
    for (int i = 0; i < 60; i++) {
        ck_assert_int_eq(t->kind, TYPE_OBJECT);
        ck_assert_ptr_eq(t->members[0].type, t->members[1].type);
        t = t->members[0].type;
    }
    ck_assert_int_eq(t->kind, TYPE_ANY);
}
END_TEST

START_TEST(text_never_equals_a_number_but_null_may_equal_all_that_is_open)
{
    ck_assert(!type_comparable(basic(TYPE_TEXT), basic(TYPE_INT)));
    ck_assert(type_comparable(basic(TYPE_INT), basic(TYPE_NUMBER)));
    ck_assert(type_comparable(maybe(TYPE_TEXT), maybe(TYPE_INT)));
    ck_assert(type_comparable(basic(TYPE_ANY), basic(TYPE_INT)));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("types");
    TCase *c = tcase_create("types");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, an_int_fits_a_number_and_not_the_other_way);
    tcase_add_test(c, a_duration_fits_an_int_and_not_the_other_way);
    tcase_add_test(c, null_fits_only_what_may_be_null);
    tcase_add_test(c, any_fits_everywhere_and_takes_everything);
    tcase_add_test(c, an_object_may_have_more_members_but_not_fewer);
    tcase_add_test(c, a_misfit_names_the_path_and_both_types);
    tcase_add_test(c, types_that_hold_themselves_are_compared_and_end);
    tcase_add_test(c, a_join_takes_both);
    tcase_add_test(c, objects_of_the_same_names_are_joined_member_by_member);
    tcase_add_test(c, a_secret_survives_every_join);
    tcase_add_test(c, an_object_that_is_secret_as_a_whole_stays_so);
    tcase_add_test(c, types_that_hold_others_many_times_are_gone_through_once);
    tcase_add_test(c, types_print_as_they_are_written);
    tcase_add_test(c, text_never_equals_a_number_but_null_may_equal_all_that_is_open);
    suite_add_tcase(s, c);
    return suite_main(s);
}
