#include "suite.h"

#include "regex/unicode.h"

#include <string.h>

static struct ranges property(const char *name)
{
    struct ranges s = { 0 };
    ck_assert_msg(unicode_add(&s, name, strlen(name)), "%s", name);
    ranges_settle(&s);
    return s;
}

static const struct {
    const char *name;
    uint32_t c;
    bool has;
} members[] = {
    { "L", 'a', true },        { "L", 0xe4, true },      { "L", '1', false },
    { "Lu", 'A', true },       { "Lu", 'a', false },     { "Ll", 0xdf, true },
    { "Lt", 0x1c5, true },     { "Lm", 0x2b0, true },    { "Lo", 0x4e2d, true },
    { "M", 0x301, true },      { "Mn", 0x301, true },    { "N", 0x664, true },
    { "Nd", 0x664, true },     { "Nl", 0x2160, true },   { "No", 0xbd, true },
    { "P", '-', true },        { "Pd", '-', true },      { "S", '+', true },
    { "Sc", 0x20ac, true },    { "Z", 0xa0, true },      { "Zs", ' ', true },
    { "C", 0, true },          { "Cc", 0x7f, true },     { "Cn", 0x378, true },
    { "C", 0x378, true },      { "Cn", 0x10ffff, true }, { "Co", 0xe000, true },
    { "Lo", 0x20000, true },   { "Lo", 0x2a6df, true },  { "Greek", 0x3b1, true },
    { "Greek", 'a', false },   { "Latin", 'a', true },   { "Han", 0x4e2d, true },
    { "Any", 0x10ffff, true },
};

START_TEST(a_character_is_of_a_class_or_not)
{
    struct ranges s = property(members[_i].name);
    ck_assert_msg(ranges_has(&s, members[_i].c) == members[_i].has, "%s U+%04X", members[_i].name,
                  members[_i].c);
    ranges_release(&s);
}
END_TEST

START_TEST(names_of_no_class_are_refused)
{
    static const char *const names[] = { "",      "X",   "LU", "lu",       "Luu",
                                         "greek", "any", "An", "Cyrillic " };
    struct ranges s = { 0 };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(!unicode_add(&s, names[i], strlen(names[i])), "%s", names[i]);
    ck_assert_uint_eq(s.len, 0);
}
END_TEST

/* All that are the same but for their case, 0 after the last. */
static const uint32_t cases[][5] = {
    { 'a', 'A' },
    { 'k', 'K', 0x212a },
    { 's', 'S', 0x17f },
    { 0xe4, 0xc4 },
    { 0x3c3, 0x3c2, 0x3a3 },
    { 0x3b8, 0x398, 0x3d1, 0x3f4 },
    { 0x101, 0x100 },
    { 0x1c4, 0x1c5, 0x1c6 },
    { 0xdf, 0x1e9e },
    { 0x10d0, 0x1c90 },
    { 0x10400, 0x10428 },
    { '1' },
    { 0x345, 0x399, 0x3b9, 0x1fbe },
    { 0x131 },
    { 0x4e2d },
};

static size_t count_of(const struct ranges *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->len; i++)
        count += s->ranges[i].last - s->ranges[i].first + 1;
    return count;
}

START_TEST(a_character_has_all_its_cases_and_no_others)
{
    for (size_t i = 0; i < 5 && cases[_i][i]; i++) {
        struct ranges s = { 0 };
        size_t wanted = 0;
        ranges_add(&s, cases[_i][i], cases[_i][i]);
        unicode_add_cases(&s);
        for (; wanted < 5 && cases[_i][wanted]; wanted++)
            ck_assert_msg(ranges_has(&s, cases[_i][wanted]), "U+%04X", cases[_i][wanted]);
        ck_assert_uint_eq(count_of(&s), wanted);
        ranges_release(&s);
    }
}
END_TEST

START_TEST(the_cases_of_cases_add_nothing)
{
    struct ranges s = property("Lu");
    unicode_add_cases(&s);
    size_t once = count_of(&s);
    unicode_add_cases(&s);
    ck_assert_uint_eq(count_of(&s), once);
    ck_assert(ranges_has(&s, 'a'));
    ck_assert(!ranges_has(&s, '1'));
    ranges_release(&s);
}
END_TEST

START_TEST(ranges_are_joined_and_negated)
{
    struct ranges s = { 0 };
    ranges_add(&s, 5, 9);
    ranges_add(&s, 1, 2);
    ranges_add(&s, 3, 3);
    ranges_add(&s, 7, 12);
    ranges_settle(&s);
    ck_assert_uint_eq(s.len, 2);
    ck_assert(ranges_has(&s, 3) && !ranges_has(&s, 4) && ranges_has(&s, 12) && !ranges_has(&s, 13));
    ranges_negate(&s);
    ck_assert_uint_eq(s.len, 3);
    ck_assert(ranges_has(&s, 0) && ranges_has(&s, 4) && ranges_has(&s, RANGES_LAST));
    ranges_negate(&s);
    ck_assert_uint_eq(count_of(&s), 11);
    ranges_release(&s);
    ranges_negate(&s);
    ck_assert_uint_eq(count_of(&s), RANGES_LAST + 1);
    ranges_release(&s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("unicode");
    TCase *c = tcase_create("unicode");
    tcase_add_loop_test(c, a_character_is_of_a_class_or_not, 0, sizeof members / sizeof *members);
    tcase_add_test(c, names_of_no_class_are_refused);
    tcase_add_loop_test(c, a_character_has_all_its_cases_and_no_others, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_test(c, the_cases_of_cases_add_nothing);
    tcase_add_test(c, ranges_are_joined_and_negated);
    suite_add_tcase(s, c);
    return suite_main(s);
}
