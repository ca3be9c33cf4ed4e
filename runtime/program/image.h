/* A compiled program in memory: what the file holds, decoded. Read-only once verified, shared by
 * all runs and threads. Indices are into the arrays of the image; TEXT is the index of a constant
 * that is a text. Knows no machine and no HTTP. */
#ifndef FLOW_PROGRAM_IMAGE_H
#define FLOW_PROGRAM_IMAGE_H

#include "base/bytes.h"
#include "base/value.h"
#include "program/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_VERSION 1u
#define IMAGE_MAGIC "FLOWB\r\n\x1a"
#define IMAGE_HASH 16
#define IMAGE_NONE UINT32_MAX
#define IMAGE_MAX_SLOTS 65536u
#define IMAGE_NEAR_SLOTS 256u /* what an instruction's operands reach */
#define IMAGE_MAX_BRANCHES 249u /* of a `parallel` */
#define IMAGE_MAX_DEPTH 512u  /* of lists and objects in a constant */

/* Verifying keeps a byte for each slot at each jump target of a function: at most so many. */
#define IMAGE_MAX_STATES (1u << 29)

/* A type: may refer to itself, by way of others too. */
enum image_type_kind {
    IMAGE_TYPE_ANY,
    IMAGE_TYPE_NULL,
    IMAGE_TYPE_BOOL,
    IMAGE_TYPE_INT,
    IMAGE_TYPE_NUMBER,
    IMAGE_TYPE_TEXT,
    IMAGE_TYPE_LIST,   /* item */
    IMAGE_TYPE_OBJECT, /* members */
    IMAGE_TYPE_KINDS
};

struct image_type {
    uint8_t kind;
    bool optional;
    uint32_t item;
    uint32_t first_member; /* in image.members */
    uint32_t member_count;
};

struct image_member {
    uint32_t name; /* TEXT */
    uint32_t type;
};

struct image_config {
    uint32_t name; /* TEXT */
    uint32_t type;
    uint32_t function; /* gives the default; IMAGE_NONE: must be set */
};

struct image_endpoint {
    uint32_t name;     /* TEXT */
    uint32_t function; /* sets url, headers, query, auth, tls */
    uint32_t connections;
    uint32_t wait_ms;
    uint32_t redirects;
    uint64_t max_response;
    uint8_t separator;
};

enum image_function_kind { IMAGE_FLOW, IMAGE_SETUP_ENDPOINT, IMAGE_SETUP_CONFIG };

struct image_input {
    uint32_t name; /* TEXT */
    uint32_t type;
    bool has_default;
};

/* Code with a frame of slots. Its inputs are the slots from 0 on. */
struct image_function {
    uint8_t kind;
    uint32_t name; /* TEXT */
    uint32_t code; /* first word */
    uint32_t code_count;
    uint32_t slot_count;
    uint32_t first_temp; /* near slots from here on are let go of at `send` */
    uint32_t first_input;
    uint32_t input_count;
    uint32_t result; /* type; IMAGE_NONE: none declared */
    uint32_t first_node;
    uint32_t node_count;
};

struct image_node {
    uint32_t name; /* TEXT */
    uint32_t function;
    uint32_t line;
    uint32_t file; /* TEXT */
};

/* A place where a run waits for an outcome and goes on at the arm for it. */
enum image_site_kind {
    IMAGE_SITE_API,
    IMAGE_SITE_ASK,
    IMAGE_SITE_CALL,
    IMAGE_SITE_PARALLEL,
    IMAGE_SITE_EACH,
    IMAGE_SITE_KINDS
};

struct image_arm {
    uint16_t label; /* program/outcome.h; ascending within a site */
    uint32_t pc;
};

struct image_site {
    uint8_t kind;
    uint32_t node;
    uint32_t first_arm;
    uint32_t arm_count;
    uint32_t detail; /* API: call; ASK: ask; CALL, EACH: flow; PARALLEL: number of branches */
    uint32_t concurrency; /* EACH */
};

struct image_call {
    uint32_t endpoint;
    uint8_t method; /* enum http_method */
    uint8_t separator;
    bool wants_headers;
    uint32_t connect_ms;
    uint32_t timeout_ms;
    uint32_t within_ms;
    uint32_t retries;
    uint32_t first_label; /* in image.labels */
    uint32_t label_count;
    uint32_t backoff_from_ms;
    uint32_t backoff_to_ms;
};

struct image_ask {
    uint8_t type;        /* image_type_kind: TEXT, INT, NUMBER, BOOL */
    uint32_t match;      /* TEXT, a POSIX extended regular expression; IMAGE_NONE */
    uint32_t timeout_ms; /* IMAGE_NONE: none */
};

/* From pc on, code comes from this line, up to the next row. */
struct image_line {
    uint32_t pc;
    uint32_t file; /* TEXT */
    uint32_t line;
};

/* What a slot of a flow is called in the source: for people who look at a run. */
struct image_variable {
    uint32_t function;
    uint32_t slot;
    uint32_t name; /* TEXT */
};

/* A `test` of the source: what to run, what the world answers, what must come of it. */
enum image_step_kind {
    IMAGE_STEP_START,  /* refs: the flow, then a constant or IMAGE_NONE per input */
    IMAGE_STEP_REPLY,  /* refs: the node; label, and value where there is a body */
    IMAGE_STEP_ANSWER, /* refs: the node; value, or none: the time runs out */
    IMAGE_STEP_SAY,    /* value: a text */
    IMAGE_STEP_VISIT,  /* refs: nodes */
    IMAGE_STEP_END,    /* value, or none: any */
    IMAGE_STEP_FAIL,   /* value, or none: any */
    IMAGE_STEP_REQUEST, /* refs: the node; value: an object of what is compared */
    IMAGE_STEP_KINDS
};

struct image_step {
    uint8_t kind;
    uint16_t label;
    uint32_t line;
    uint32_t value; /* a constant; IMAGE_NONE: none */
    uint32_t first_ref; /* in image.refs */
    uint32_t ref_count;
};

struct image_test {
    uint32_t name; /* TEXT */
    uint32_t file; /* TEXT */
    uint32_t line;
    uint32_t first_step;
    uint32_t step_count;
};

struct image {
    uint8_t source_hash[IMAGE_HASH]; /* XXH128 of all source files */
    uint32_t main; /* function where a run starts; IMAGE_NONE: none */
    struct value *constants;
    uint32_t constant_count;
    struct image_type *types;
    uint32_t type_count;
    struct image_member *members;
    uint32_t member_count;
    struct image_config *configs;
    uint32_t config_count;
    uint32_t *secrets; /* TEXT: names */
    uint32_t secret_count;
    struct image_endpoint *endpoints;
    uint32_t endpoint_count;
    struct image_function *functions; /* the flows first, as declared */
    uint32_t function_count;
    struct image_input *inputs;
    uint32_t input_count;
    struct image_node *nodes;
    uint32_t node_count;
    struct image_site *sites;
    uint32_t site_count;
    struct image_arm *arms;
    uint32_t arm_count;
    struct image_call *calls;
    uint32_t call_count;
    struct image_ask *asks;
    uint32_t ask_count;
    uint16_t *labels;
    uint32_t label_count;
    uint32_t *code;
    uint32_t code_count;
    struct image_line *lines;
    uint32_t line_count;
    struct image_variable *variables; /* of each function together, in their order */
    uint32_t variable_count;
    struct image_test *tests;
    uint32_t test_count;
    struct image_step *steps;
    uint32_t step_count;
    uint32_t *refs;
    uint32_t ref_count;
};

void image_free(struct image *image);

/* Leaves out what running does not need: tests, the lines, and the names of variables. */
void image_strip(struct image *image);

/* The image as a file's bytes: the same for the same image on every machine. */
void image_write(const struct image *image, struct bytes *out);

/* Decodes a file's bytes: magic, version, checksum, every count against the bytes that are left
 * before anything is allocated, every constant. What it means is not looked at: that is verify.
 * NULL: *reason (heap, the caller's) says what is wrong. Owned by the caller. */
struct image *image_read(const char *p, size_t len, char **reason);

/* Proves that the image can be run: see verify.c. NULL: it can. Otherwise what is wrong (heap). */
char *image_verify(const struct image *image);

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

/* Does v fit the type? False: where and why, such as "items[0].qty: wanted int, got text", is
 * added to b (b may be NULL). */
bool image_type_check(const struct image *image, uint32_t type, struct value v, struct bytes *b);

/* The type as it is written, into b. */
void image_type_print(const struct image *image, uint32_t type, struct bytes *b);

#endif
