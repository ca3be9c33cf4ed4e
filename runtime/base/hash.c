#include "base/hash.h"

#include <string.h>

#ifdef __linux__
#include <sys/auxv.h>
#endif

struct state {
    uint64_t a, b, c, d;
};

/* The kernel hands every process 16 random bytes; elsewhere the address space layout must do. */
static void read_key(uint64_t key[2])
{
#ifdef __linux__
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random) {
        memcpy(key, random, 16);
        return;
    }
#endif
    key[0] = (uint64_t)(uintptr_t)&read_key * 0x9e3779b97f4a7c15u;
    key[1] = (uint64_t)(uintptr_t)&memcpy * 0xc2b2ae3d27d4eb4fu;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(struct state *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

static void absorb(struct state *s, uint64_t word)
{
    s->d ^= word;
    mix(s);
    s->a ^= word;
}

uint64_t hash_bytes(const void *p, size_t len)
{
    uint64_t key[2];
    read_key(key);
    struct state s = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                       key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
    const char *from = p;
    size_t left = len;
    for (; left >= 8; left -= 8, from += 8) {
        uint64_t word;
        memcpy(&word, from, 8);
        absorb(&s, word);
    }
    uint64_t last = 0;
    if (left)
        memcpy(&last, from, left);
    absorb(&s, last ^ (uint64_t)len << 56);
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        mix(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
