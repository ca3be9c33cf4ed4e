#include "cli/lineset.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

#define PAGE_LINES ((uint64_t)1 << 20)

struct lineset_page {
    uint64_t held;
    uint64_t *bits; /* NULL: it is full */
};

static struct lineset_page *page_for(struct lineset *s, size_t number)
{
    if (number >= s->len) {
        size_t len = number + 1 > s->len * 2 ? number + 1 : s->len * 2;
        s->pages = mem_resize(s->pages, len, sizeof *s->pages);
        for (size_t i = s->len; i < len; i++)
            s->pages[i] = NULL;
        s->len = len;
    }
    if (!s->pages[number]) {
        s->pages[number] = mem_alloc_zeroed(1, sizeof *s->pages[number]);
        s->pages[number]->bits = mem_alloc_zeroed(PAGE_LINES / 64, sizeof(uint64_t));
    }
    return s->pages[number];
}

void lineset_add(struct lineset *s, uint64_t line)
{
    assert(line > 0 && line <= LINESET_MAX);
    if (lineset_has(s, line))
        return;
    uint64_t at = line % PAGE_LINES;
    struct lineset_page *page = page_for(s, (size_t)(line / PAGE_LINES));
    page->bits[at / 64] |= (uint64_t)1 << at % 64;
    s->count++;
    if (++page->held < PAGE_LINES)
        return;
    mem_free(page->bits);
    page->bits = NULL;
}

/* A page that was full gets its bits again. */
static void open_page(struct lineset_page *page)
{
    if (page->bits)
        return;
    page->bits = mem_alloc_zeroed(PAGE_LINES / 64, sizeof(uint64_t));
    memset(page->bits, 0xff, PAGE_LINES / 8);
}

bool lineset_remove(struct lineset *s, uint64_t line)
{
    if (!lineset_has(s, line))
        return false;
    uint64_t at = line % PAGE_LINES;
    struct lineset_page *page = s->pages[line / PAGE_LINES];
    open_page(page);
    page->bits[at / 64] &= ~((uint64_t)1 << at % 64);
    page->held--;
    s->count--;
    return true;
}

bool lineset_has(const struct lineset *s, uint64_t line)
{
    uint64_t at = line % PAGE_LINES;
    const struct lineset_page *page =
        line / PAGE_LINES < s->len ? s->pages[line / PAGE_LINES] : NULL;
    return page && (!page->bits || (page->bits[at / 64] >> at % 64 & 1) != 0);
}

void lineset_release(struct lineset *s)
{
    for (size_t i = 0; i < s->len; i++) {
        if (s->pages[i])
            mem_free(s->pages[i]->bits);
        mem_free(s->pages[i]);
    }
    mem_free(s->pages);
    *s = (struct lineset){ 0 };
}
