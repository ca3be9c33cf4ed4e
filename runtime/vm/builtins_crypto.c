/* Built-ins that encode, hash, or use random numbers. */
#include "vm/builtins_parts.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

static struct value hex(const unsigned char *p, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    struct value out = value_text_sized(2 * len);
    for (size_t i = 0; i < len; i++) {
        out.text->data[2 * i] = digits[p[i] >> 4];
        out.text->data[2 * i + 1] = digits[p[i] & 15];
    }
    return out;
}

/* RFC 9562, section 5.4: 122 random bits, the version and the variant. */
const char *builtin_UUID(ARGS)
{
    (void)args;
    UNUSED;
    unsigned char b[16];
    world->random(world->context, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    struct bytes text = { 0 };
    for (size_t i = 0; i < sizeof b; i++)
        bytes_printf(&text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    return builtin_take_text(&text, out);
}

const char *builtin_BASE64(ARGS)
{
    UNUSED;
    const struct text *text = args[0].text;
    size_t len = ((size_t)text->len + 2) / 3 * 4;
    if (len > VALUE_MAX_BYTES)
        return builtin_too_large;
    struct bytes b = { 0 };
    base64_encode(&b, text->data, text->len);
    return builtin_take_text(&b, out);
}

const char *builtin_BASE64_DECODE(ARGS)
{
    UNUSED;
    struct bytes b = { 0 };
    if (base64_decode(&b, args[0].text->data, args[0].text->len) &&
        utf8_valid_prefix(bytes_text(&b), b.len) == b.len)
        *out = value_text(bytes_text(&b), b.len);
    bytes_release(&b);
    return NULL;
}

const char *builtin_SHA256(ARGS)
{
    UNUSED;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!EVP_Digest(args[0].text->data, args[0].text->len, digest, &len, EVP_sha256(), NULL))
        return "the system's OpenSSL does not provide SHA-256";
    *out = hex(digest, len);
    return NULL;
}

const char *builtin_HMAC_SHA256(ARGS)
{
    UNUSED;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (args[0].text->len > INT_MAX)
        return "the key of `hmac_sha256` is longer than 2 GB";
    if (!HMAC(EVP_sha256(), args[0].text->data, (int)args[0].text->len,
              (const unsigned char *)args[1].text->data, args[1].text->len, digest, &len))
        return "the system's OpenSSL does not provide SHA-256";
    *out = hex(digest, len);
    return NULL;
}
