#include "base/idn.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <errno.h>
#include <idn2.h>
#include <pthread.h>
#include <string.h>

typedef int convert_function(const uint8_t *name, uint8_t **ascii, int flags);
typedef void free_function(void *p);

/* Set once, under `once`; read only afterwards. */
static struct {
    pthread_once_t once;
    convert_function *convert;
    free_function *free;
} loaded = { .once = PTHREAD_ONCE_INIT };

/* POSIX has it that an object pointer from dlsym holds a function's address as well. */
static void load(void)
{
    errno = 0;
    void *library = dlopen("libidn2.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library && errno == ENOMEM)
        mem_exhausted();
    void *convert = library ? dlsym(library, "idn2_lookup_u8") : NULL;
    void *release = library ? dlsym(library, "idn2_free") : NULL;
    if (!convert || !release)
        return;
    memcpy(&loaded.convert, &convert, sizeof convert);
    memcpy(&loaded.free, &release, sizeof release);
}

bool idn_is_ascii(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] >= 0x80)
            return false;
    }
    return true;
}

static bool is_host(const char *name)
{
    static const char characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "-._";
    return *name && name[strspn(name, characters)] == '\0';
}

/* As libcurl does it: names of IDNA 2003 that are none of IDNA 2008 are taken as well. */
static int convert(const char *name, uint8_t **ascii)
{
    const uint8_t *text = (const uint8_t *)name;
    int error = loaded.convert(text, ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (error != IDN2_OK && error != IDN2_MALLOC)
        error = loaded.convert(text, ascii, IDN2_TRANSITIONAL);
    if (error == IDN2_MALLOC)
        mem_exhausted();
    return error;
}

char *idn_to_ascii(const char *name, size_t len, const char **why)
{
    pthread_once(&loaded.once, load);
    if (!loaded.convert) {
        *why = "the host is not in ASCII, and libidn2 is not installed here: write it as `xn--…`";
        return NULL;
    }
    char *text = mem_copy_text(name, len);
    uint8_t *ascii = NULL;
    char *result = NULL;
    if (strlen(text) == len && convert(text, &ascii) == IDN2_OK && is_host((const char *)ascii))
        result = mem_copy_text((const char *)ascii, strlen((const char *)ascii));
    if (!result)
        *why = "the host is not a valid internationalized name (IDNA 2008)";
    if (ascii)
        loaded.free(ascii);
    mem_free(text);
    return result;
}
