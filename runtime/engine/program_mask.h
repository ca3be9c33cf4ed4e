/* The forms in which a secret could show itself, and their replacement by ***. For program.c. */
#ifndef FLOW_ENGINE_PROGRAM_MASK_H
#define FLOW_ENGINE_PROGRAM_MASK_H

#include "base/bytes.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Byte strings to be masked, longest first. { 0 } is empty. */
struct masks {
    struct bytes *items;
    size_t len;
    size_t cap;
    struct bytes *secrets; /* as they are: looked for character by character, too */
    size_t secret_len;
};

void masks_release(struct masks *m);

/* Adds a secret's forms: as it is, in base64 and base64url (at all three places within a longer
 * text), in JSON, in hexadecimal, in small letters; and each character as it is, percent-encoded,
 * as in a form, or escaped as in JSON, HTML and XML, with nulls between them as in UTF-16. Texts
 * shorter than 4 bytes are left out: they would mask half of every message. */
void masks_add(struct masks *m, const struct text *secret);

/* Puts *** for every occurrence in b. is_json: b is what stands between the quotes of a string of
 * JSON, and is so afterwards. */
void masks_apply(const struct masks *m, struct bytes *b, bool is_json);

#endif
