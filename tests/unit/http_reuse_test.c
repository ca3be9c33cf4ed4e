/* Connections and handles that are used more than once: what one exchange leaves behind does
 * nothing to the next. */
#include "http_play.h"

#include <curl/curl.h>
#include <string.h>

#define MINE "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine"
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

/* Memory that libcurl has freed. */

#define FREED 0xdd

/* Freed blocks are kept, filled with FREED. */
struct block {
    struct block *next;
    size_t size;
    bool is_freed;
    _Alignas(16) unsigned char data[];
};

static struct block *freed;
static bool freed_again; /* something was done with a freed block */

static void *take(size_t size)
{
    struct block *b = malloc(sizeof *b + size);
    ck_assert_ptr_nonnull(b);
    b->size = size;
    b->is_freed = false;
    return b->data;
}

static struct block *block_of(void *p)
{
    struct block *b = (struct block *)((unsigned char *)p - offsetof(struct block, data));
    freed_again |= b->is_freed;
    return b;
}

static void give(void *p)
{
    if (!p)
        return;
    struct block *b = block_of(p);
    if (b->is_freed)
        return;
    memset(b->data, FREED, b->size);
    b->is_freed = true;
    b->next = freed;
    freed = b;
}

static void *resize(void *p, size_t size)
{
    void *new = take(size);
    if (p) {
        size_t old = block_of(p)->size;
        memcpy(new, p, old < size ? old : size);
        give(p);
    }
    return new;
}

static char *copy(const char *text)
{
    return memcpy(take(strlen(text) + 1), text, strlen(text) + 1);
}

static void *take_zeroed(size_t count, size_t size)
{
    return memset(take(count * size), 0, count * size);
}

static void setup_memory(void)
{
    freed = NULL;
    freed_again = false;
    ck_assert_int_eq(curl_global_init_mem(CURL_GLOBAL_ALL, take, give, resize, copy, take_zeroed),
                     CURLE_OK);
    setup();
}

static void assert_freed_memory_untouched(void)
{
    size_t changed = 0;
    for (const struct block *b = freed; b; b = b->next) {
        for (size_t i = 0; i < b->size; i++)
            changed += b->data[i] != FREED;
    }
    ck_assert_uint_eq(changed, 0);
    ck_assert(!freed_again);
}

static const char *const folded[] = {
    "HTTP/1.1 200 OK\r\n\tA: AAAAAAAAAAAAAAAA\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\n A: " LONG LONG "\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 103 Early\r\n A: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\n \t :\r\nContent-Length: 2\r\n\r\nok",
};

#define FOLDED (int)(sizeof folded / sizeof *folded)

#define MOVED                                                                                      \
    "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nX-Last: " LONG "\r\nLocation: /new\r\n\r\n"

static void play_folded(const char *first, const char *second)
{
    static struct step steps[3];
    steps[0] = (struct step){ first, KEEP, 0 };
    steps[1] = (struct step){ second, CLOSE, 0 };
    steps[2] = (struct step){ MINE, KEEP, 0 };
    fetch_from(steps, 3);
}

static void assert_next_is_mine(void)
{
    assert_failed(ERROR_PROTOCOL);
    fetch();
    assert_response(200, "mine");
    finish();
    assert_freed_memory_untouched();
}

START_TEST(a_first_header_that_is_folded_changes_no_memory_of_the_response_before)
{
    play_folded("HTTP/1.1 200 OK\r\nX-Last: " LONG "\r\nContent-Length: 2\r\n\r\nok", folded[_i]);
    assert_response(200, "ok");
    fetch();
    assert_next_is_mine();
}
END_TEST

START_TEST(a_first_header_that_is_folded_changes_no_memory_of_a_redirect)
{
    t.endpoint.redirects = 1;
    play_folded(MOVED, folded[_i]);
    assert_next_is_mine();
}
END_TEST

START_TEST(a_header_that_is_folded_later_is_put_together)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok";
    STEPS({ reply, KEEP, 0 }, { reply, KEEP, 0 });
    fetch();
    assert_response(200, "ok");
    ck_assert_str_eq(bytes_text(&t.x.headers), "x-a: b c\ncontent-length: 2\n");
    finish();
    assert_freed_memory_untouched();
}
END_TEST

static TCase *add_case(Suite *s, const char *name, void (*before)(void), void (*after)(void))
{
    TCase *c = tcase_create(name);
    tcase_add_checked_fixture(c, before, after);
    suite_add_tcase(s, c);
    return c;
}

static void add_memory(Suite *s)
{
    TCase *c = add_case(s, "memory", setup_memory, teardown);
    tcase_add_loop_test(c, a_first_header_that_is_folded_changes_no_memory_of_the_response_before,
                        0, FOLDED);
    tcase_add_loop_test(c, a_first_header_that_is_folded_changes_no_memory_of_a_redirect, 0,
                        FOLDED);
    tcase_add_test(c, a_header_that_is_folded_later_is_put_together);
}

int main(void)
{
    Suite *s = suite_create("http_reuse");
    add_memory(s);
    return suite_main(s);
}
