/* The instructions that are more than a few lines, for vm.c only. Each returns NULL, or what is
 * wrong: static, or (when it names a value) in s->failure, which is then returned. */
#ifndef FLOW_VM_VM_OPS_H
#define FLOW_VM_VM_OPS_H

#include "vm/vm.h"

const char *vm_concat(struct strand *s, const struct value *parts, uint32_t count,
                      struct value *out);
const char *vm_xml_escape(struct value v, struct value *out);

/* `append`, of which the word is given. *cost: what it costs of the fuel. */
const char *vm_append(struct strand *s, struct value *slots, uint32_t word, uint32_t *cost);

/* matches(): begins the search, or goes on with it, for no more than about `most` of fuel; *cost is
 * what it took. *is_over false: the instruction is to be executed again. */
const char *vm_search(struct strand *s, const struct value *args, uint32_t most, bool *is_over,
                      uint32_t *cost, struct value *out);

/* Whether a equals b, or is in b; *cost: what looking costs of the fuel, by the bytes of what is
 * looked through (on a fault it is not set). */
const char *vm_equal(struct value a, struct value b, bool *equal, uint32_t *cost);
const char *vm_in(struct value a, struct value b, bool *found, uint32_t *cost);

/* The caller's; null of what is no list. */
struct value vm_map_member(struct value list, const struct text *key);
struct value vm_map_index(struct value list, struct value index);

const char *vm_flatten(struct value v, struct value *out);
const char *vm_push(struct value *list, struct value item);
const char *vm_put(struct value *object, struct text *key, struct value item);
/* *v: see image_type_fit. */
const char *vm_check(struct strand *s, uint32_t type, struct value *v);
const char *vm_wait(struct value v, int64_t *ms);

/* v as interpolation shows it; the caller's. */
const char *vm_text(struct value v, struct value *out);

/* { kind, message } and, when value is not NULL, { kind, message, value } with *value ref'd. */
struct value vm_error(const char *kind, const char *message, size_t len, const struct value *value);

/* Set-up: see opcodes.def. */
const char *vm_set_header(struct endpoint *e, const struct text *name, struct value v, bool secret);
const char *vm_set_query(struct endpoint *e, const struct text *name, struct value v, bool secret);
const char *vm_set_url(struct strand *s, struct value v);
const char *vm_set_bearer(struct endpoint *e, struct value v);
const char *vm_set_basic(struct endpoint *e, struct value user, struct value password);
const char *vm_set_tls(struct endpoint *e, struct value v, uint32_t which);
const char *vm_set_passphrase(struct endpoint *e, struct value v);

#endif
