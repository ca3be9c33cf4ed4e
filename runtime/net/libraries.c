#include "net/libraries.h"

#include "base/mem.h"

#include <curl/curl.h>
#include <limits.h> /* of the C library: __GLIBC__ */
#include <openssl/crypto.h>
#include <uv.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

static void *crypto_alloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size ? mem_alloc(size) : NULL;
}

static void *crypto_resize(void *p, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (size)
        return mem_resize(p, 1, size);
    mem_free(p);
    return NULL;
}

static void crypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    mem_free(p);
}

void libraries_prepare(void)
{
    uv_replace_allocator(mem_alloc, mem_resize_bytes, mem_alloc_zeroed, mem_free);
    CRYPTO_set_mem_functions(crypto_alloc, crypto_resize, crypto_free);
}

void libraries_print(struct bytes *b)
{
    bytes_printf(b, "%s libuv/%s", curl_version(), uv_version_string());
#ifdef __GLIBC__
    bytes_printf(b, " glibc/%s", gnu_get_libc_version());
#endif
    bytes_add_char(b, '\n');
}

void libraries_prepare_curl(void)
{
    if (curl_global_init_mem(CURL_GLOBAL_ALL, mem_alloc, mem_free, mem_resize_bytes,
                             mem_copy_string, mem_alloc_zeroed) != CURLE_OK)
        mem_exhausted();
}
