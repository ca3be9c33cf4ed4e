#include "syntax/source.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void check_place(struct sources *s, uint32_t pos, uint32_t line, uint32_t column)
{
    struct place place = sources_locate(s, pos);
    ck_assert_ptr_nonnull(place.source);
    ck_assert_uint_eq(place.line, line);
    ck_assert_uint_eq(place.column, column);
}

START_TEST(a_place_counts_lines_and_characters)
{
    struct sources s = { 0 };
    struct source *source = sources_add(&s, "a", "ab\n\xC3\xA4x\r\n\ny", 10);
    check_place(&s, source->base, 1, 1);
    check_place(&s, source->base + 2, 1, 3);
    check_place(&s, source->base + 5, 2, 2);
    check_place(&s, source->base + 8, 3, 1);
    check_place(&s, source->base + 9, 4, 1);
    check_place(&s, source->base + 10, 4, 2);
    sources_release(&s);
}
END_TEST

START_TEST(a_byte_order_mark_has_no_column)
{
    struct sources s = { 0 };
    struct source *source = sources_add(&s, "a", "\xEF\xBB\xBFx", 4);
    check_place(&s, source->base + 3, 1, 1);
    sources_release(&s);
}
END_TEST

START_TEST(bytes_that_are_not_utf8_count_one_each)
{
    struct sources s = { 0 };
    struct source *source = sources_add(&s, "a", "\xFF\xFEx", 3);
    check_place(&s, source->base + 2, 1, 3);
    sources_release(&s);
}
END_TEST

START_TEST(each_position_belongs_to_one_file)
{
    struct sources s = { 0 };
    struct source *a = sources_add(&s, "a", "12", 2);
    struct source *b = sources_add(&s, "b", "", 0);
    struct source *c = sources_add(&s, "c", "x", 1);
    ck_assert_ptr_eq(sources_locate(&s, a->base + 2).source, a);
    ck_assert_ptr_eq(sources_locate(&s, b->base).source, b);
    ck_assert_ptr_eq(sources_locate(&s, c->base).source, c);
    ck_assert_ptr_null(sources_locate(&s, c->base + 2).source);
    sources_release(&s);
}
END_TEST

static void check_line(struct source *source, uint32_t line, const char *text)
{
    size_t len;
    const char *p = source_line(source, line, &len);
    ck_assert_uint_eq(len, strlen(text));
    ck_assert_mem_eq(p, text, len);
}

START_TEST(a_line_comes_without_its_end)
{
    struct sources s = { 0 };
    struct source *source = sources_add(&s, "a", "ab\r\n\nc", 6);
    check_line(source, 1, "ab");
    check_line(source, 2, "");
    check_line(source, 3, "c");
    check_line(source, 4, "");
    check_line(source, 0, "");
    sources_release(&s);
}
END_TEST

START_TEST(two_nuls_follow_the_bytes)
{
    struct sources s = { 0 };
    struct source *source = sources_add(&s, "a", "ab", 2);
    ck_assert_int_eq(source->data[2], 0);
    ck_assert_int_eq(source->data[3], 0);
    sources_release(&s);
}
END_TEST

START_TEST(a_file_is_read_whole)
{
    struct sources s = { 0 };
    char path[] = "source_test_XXXXXX";
    char data[200000];
    const char *reason = NULL;
    int fd = mkstemp(path);
    memset(data, 'x', sizeof(data));
    ck_assert_int_eq(write(fd, data, sizeof(data)), (ssize_t)sizeof(data));
    close(fd);
    struct source *source = sources_read(&s, path, &reason);
    unlink(path);
    ck_assert_ptr_nonnull(source);
    ck_assert_uint_eq(source->len, sizeof(data));
    ck_assert_mem_eq(source->data, data, sizeof(data));
    ck_assert_int_eq(source->data[sizeof(data)] | source->data[sizeof(data) + 1], 0);
    ck_assert_str_eq(source->path, path);
    sources_release(&s);
}
END_TEST

START_TEST(what_cannot_be_read_has_a_reason)
{
    struct sources s = { 0 };
    const char *reason = NULL;
    ck_assert_ptr_null(sources_read(&s, "no/such/file", &reason));
    ck_assert_str_eq(reason, "No such file or directory");
    ck_assert_ptr_null(sources_read(&s, ".", &reason));
    ck_assert_str_eq(reason, "Is a directory");
    ck_assert_uint_eq(s.len, 0);
    sources_release(&s);
}
END_TEST

START_TEST(a_file_over_64_mib_is_refused)
{
    struct sources s = { 0 };
    const char *reason = NULL;
    char path[] = "source_test_XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq(ftruncate(fd, (off_t)SOURCE_MAX_BYTES + 1), 0);
    close(fd);
    ck_assert_ptr_null(sources_read(&s, path, &reason));
    unlink(path);
    ck_assert_str_eq(reason, "it is larger than 64 MiB");
    sources_release(&s);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("source");
    TCase *c = tcase_create("source");
    tcase_add_test(c, a_place_counts_lines_and_characters);
    tcase_add_test(c, a_byte_order_mark_has_no_column);
    tcase_add_test(c, bytes_that_are_not_utf8_count_one_each);
    tcase_add_test(c, each_position_belongs_to_one_file);
    tcase_add_test(c, a_line_comes_without_its_end);
    tcase_add_test(c, two_nuls_follow_the_bytes);
    tcase_add_test(c, a_file_is_read_whole);
    tcase_add_test(c, what_cannot_be_read_has_a_reason);
    tcase_add_test(c, a_file_over_64_mib_is_refused);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
