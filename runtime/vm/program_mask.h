/* The forms in which a secret could appear, and their replacement by ***. */
#ifndef FLOW_VM_PROGRAM_MASK_H
#define FLOW_VM_PROGRAM_MASK_H

#include "base/bytes.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of what is masked, at least. */
#define MASK_SHORTEST 4

struct mask_forms {
    struct bytes *items;
    size_t len;
    size_t cap;
};

/* { 0 } is empty. */
struct masks {
    struct mask_forms exact;          /* byte strings: searched for in the text itself */
    struct mask_forms plain;          /* searched for in the result of unescape_all */
    struct mask_forms plain_and_more; /* the same, of secrets that end in a backslash */
    const struct masks *base;         /* what is masked besides; NULL: nothing */
    size_t added;                     /* how many secrets it has forms of */
};

void program_mask_release(struct masks *m);

/* Forgets all but the base. */
void program_mask_clear(struct masks *m);

/* Nothing is masked, by the base neither. */
bool program_mask_are_empty(const struct masks *m);

/* Adds a secret's forms: as it is, in base64 and base64url (at all three places within a longer
 * text), in hexadecimal, in small letters, in UTF-16; and with any of its characters
 * percent-encoded, as in a form, escaped as in JSON, HTML and XML, in windows-1252, with nulls
 * between them. Texts shorter than 4 bytes are left out: they would mask half of every message. */
void program_mask_add(struct masks *m, const char *secret, size_t len);

/* Adds what a header Authorization carries (RFC 9110, section 11.4): X of `Bearer X`, of a value
 * without a scheme the whole, and of `Basic` also the password in it. What m or its base has
 * already is not added again. True: something was added. */
bool program_mask_add_authorization(struct masks *m, const char *value);

/* Whether b holds any of them. */
bool program_mask_occur(const struct masks *m, const struct bytes *b);

/* Replaces every occurrence in b by ***. is_json: b is the contents of a JSON string, and
 * remains valid as such. The time is linear in b, whatever the secrets are. */
void program_mask_apply(const struct masks *m, struct bytes *b, bool is_json);

#endif
