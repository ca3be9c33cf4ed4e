/* A compiled program in memory: the decoded contents of a file. Read-only once verified, shared
 * by all runs and threads. Indices are into the arrays of the image; TEXT is the index of a
 * constant that is a text. Knows nothing about the machine or HTTP. */
#ifndef FLOW_PROGRAM_IMAGE_H
#define FLOW_PROGRAM_IMAGE_H

#include "base/bytes.h"
#include "base/value.h"
#include "program/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_FORMAT 5u /* rises whenever a table or an instruction changes: format_test.c */
#define IMAGE_MAGIC "FLOWB\r\n\x1a"
#define IMAGE_HASH 16
#define IMAGE_COMPILER 32 /* bytes of the version of flowc, and zeros after it */
#define IMAGE_NONE UINT32_MAX
#define IMAGE_MAX_SLOTS 65536u
#define IMAGE_NEAR_SLOTS 256u /* what an instruction's operands reach */
#define IMAGE_MAX_DEPTH 512u  /* of lists and objects in a constant */

/* What a program may ask for at most; the compiler holds what authors write against the same. */
#define IMAGE_MAX_MS 4233600000u /* 49 days */
#define IMAGE_MAX_CONNECTIONS 65535u
#define IMAGE_MAX_REDIRECTS 100u
#define IMAGE_MAX_RETRIES 1000u
#define IMAGE_MAX_CONCURRENCY 65535u
#define IMAGE_MAX_INPUTS 100u
#define IMAGE_MAX_BRANCHES 249u /* of a `parallel` */
#define IMAGE_MAX_LABELS 411u   /* all that there are */

_Static_assert(IMAGE_MAX_LABELS == 400 + 4 + OUTCOMES, "statuses, classes and outcomes");

enum image_type_kind {
    IMAGE_TYPE_ANY,
    IMAGE_TYPE_NULL,
    IMAGE_TYPE_BOOL,
    IMAGE_TYPE_INT,
    IMAGE_TYPE_NUMBER,
    IMAGE_TYPE_TEXT,
    IMAGE_TYPE_LIST,
    IMAGE_TYPE_OBJECT,
    IMAGE_TYPE_KINDS
};

enum image_function_kind {
    IMAGE_FLOW,
    IMAGE_SETUP_ENDPOINT,
    IMAGE_SETUP_CONFIG,
    IMAGE_FUNCTION_KINDS
};

/* A site is a place where a run waits for an outcome and goes on at the arm for it. */
enum image_site_kind {
    IMAGE_SITE_API,
    IMAGE_SITE_ASK,
    IMAGE_SITE_CALL,
    IMAGE_SITE_PARALLEL,
    IMAGE_SITE_EACH,
    IMAGE_SITE_KINDS
};

/* What takes a way from a node to another. */
enum image_way_kind {
    IMAGE_WAY_ARM,       /* an outcome, and its guard */
    IMAGE_WAY_CHOICE,    /* of an `if` or a `switch` */
    IMAGE_WAY_BOUNDED,   /* an arrow within its `max` */
    IMAGE_WAY_OTHERWISE, /* the `else` of the `max` */
    IMAGE_WAY_KINDS
};

/* Steps of a `test` of the source. */
enum image_step_kind {
    IMAGE_STEP_START,
    IMAGE_STEP_REPLY,
    IMAGE_STEP_ANSWER,
    IMAGE_STEP_SAY,
    IMAGE_STEP_VISIT,
    IMAGE_STEP_END,
    IMAGE_STEP_FAIL,
    IMAGE_STEP_REQUEST,
    IMAGE_STEP_KINDS
};

/* The rows of each table: struct image_type, image_member, … */
#define TABLE(symbol, rows, one, what) struct image_##one {
#define FIELD(one, type, name, bound, meaning) type name;
#define MEMORY(one, type, name, meaning) type name;
#define END_TABLE(one)                                                                             \
    }                                                                                              \
    ;
#include "program/image_tables.def"

struct image {
    char compiler[IMAGE_COMPILER];   /* "0.1.0": the flowc that made it */
    uint8_t source_hash[IMAGE_HASH]; /* XXH128 of all source files */
    uint32_t main;                   /* function where a run starts; IMAGE_NONE: none */
    struct value *constants;
    uint32_t constant_count;
#define TABLE(symbol, rows, one, what)                                                             \
    struct image_##one *rows;                                                                      \
    uint32_t one##_count;
#define COLUMN(symbol, rows, one, type, bound, what)                                               \
    type *rows;                                                                                    \
    uint32_t one##_count;
#include "program/image_tables.def"
};

void image_free(struct image *image);

/* Drops what runs do not need: tests, the rows for coverage, the lines, and the names of
 * variables. */
void image_strip(struct image *image);

/* The image as a file's bytes: the same for the same image on every machine. */
void image_write(const struct image *image, struct bytes *out);

/* The facts that a file of any format states about itself. */
struct image_origin {
    uint32_t format;
    char compiler[IMAGE_COMPILER]; /* NUL-terminated; "" where it is not known */
};

/* 1 to 31 characters of a version, such as 1.2.0-rc1+git, and zeros: fit to be shown to people. */
bool image_is_version(const char compiler[IMAGE_COMPILER]);

/* False: the bytes are not bytecode. */
bool image_origin(const char *p, size_t len, struct image_origin *origin);

/* Decodes a file's bytes: magic, format, checksum, constants; checks every count against the
 * remaining bytes before it allocates anything. Does not check the meaning: that is verify.
 * NULL: *reason (heap, the caller's) says what is wrong. The caller owns the image. */
struct image *image_read(const char *p, size_t len, char **reason);

/* Proves that the image can be run: see verify.c. NULL if it can, otherwise the reason (heap). */
char *verify_image(const struct image *image);

/* "flow.flow:12", or "?" when the line is not known, into b. */
void image_place(const struct image *image, uint32_t pc, struct bytes *b);

/* The bytes of a TEXT constant, NUL-terminated. */
const char *image_text(const struct image *image, uint32_t constant);

/* IMAGE_NONE: no flow of this name. */
uint32_t image_find_flow(const struct image *image, const char *name);

/* The arm for a label: the exact one, its class, `other` (statuses only). NULL: none, which verify
 * excludes for what can happen. */
const struct image_arm *image_find_arm(const struct image *image, const struct image_site *site,
                                       uint16_t label);

/* Does v fit the type? False: where and why, such as "items[0].qty: expected int, got text", is
 * added to b (b may be NULL). */
bool image_type_check(const struct image *image, uint32_t type, struct value v, struct bytes *b);

/* The same; and where an int is wanted, a number without a fraction (7.0, -0 of JSON) becomes the
 * int that it is: *v, which is the caller's, is then replaced. */
bool image_type_fit(const struct image *image, uint32_t type, struct value *v, struct bytes *b);

/* The type as it is written, into b; what would be very long is cut, with `…` in its place. */
void image_type_print(const struct image *image, uint32_t type, struct bytes *b);

/* "hello(name: text = …) -> int": a flow's name, inputs and result, into b. */
void image_signature_print(const struct image *image, uint32_t flow, struct bytes *b);

#endif
