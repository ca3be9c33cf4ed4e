/* The tables of an image while they grow: constants, types, lines and rows of all kinds, each row
 * once where it can be shared. For emit*.c only. */
#ifndef FLOW_EMIT_EMIT_IMAGE_H
#define FLOW_EMIT_EMIT_IMAGE_H

#include "model/model.h"
#include "program/builtin.h"
#include "program/image.h"
#include "program/image_table.h"
#include "program/opcode.h"

#include <stdbool.h>
#include <stdint.h>

/* The arrays of an image, in its order. */
enum emit_array {
    ARRAY_CONSTANTS = TABLE_CONSTANTS,
#define TABLE(symbol, rows, one, what) ARRAY_##symbol,
#define COLUMN(symbol, rows, one, type, bound, what) ARRAY_##symbol,
#include "program/image_tables.def"
    ARRAYS
};

/* Finds a row of an array by its contents. */
struct table_index {
    struct index_slot *slots;
    uint32_t cap;
};

/* A row with its hash, so that most rows can be told apart without comparing them. */
struct index_slot {
    uint32_t hash;
    uint32_t row; /* 1 + row; 0: free */
};

struct type_entry {
    const struct type *type;
    uint32_t row;
};

struct emitter {
    struct model *model;
    struct image *image;
    struct table_index constant_index;
    struct type_entry *types; /* a hash table: rows by the compiler's type */
    uint32_t type_len;
    uint32_t type_cap;
    uint32_t caps[ARRAYS];            /* of the image's arrays */
    uint32_t builtins[BUILTINS];      /* 1 + the row of each function that is called; 0: none yet */
    const char *root;                 /* the compiled file's folder with its slash, "" when none */
    const struct source *file_source; /* of the last emit_file, and its row */
    uint32_t file;
    uint32_t line; /* the last line of emit_line */
    uint32_t line_file;
    uint32_t line_start; /* positions of its first byte and of its end */
    uint32_t line_end;

    /* The function being emitted. */
    struct flow_model *flow; /* NULL: a set-up function */
    uint32_t function_start;
    uint32_t first_temp;
    uint32_t next_temp;
    uint32_t slot_count;
    uint32_t next_variable; /* for counters, after the variables */
    uint32_t *labels; /* the pc of each label of the function, IMAGE_NONE until it is placed */
    uint32_t label_len;
    size_t label_cap;
    struct label_ref *refs;
    uint32_t ref_len;
    size_t ref_cap;
    uint32_t first_site;   /* of the function: arms hold labels until its end */
    uint32_t first_way;    /* likewise */
    uint32_t first_label;  /* of the nodes, which have one each, in order */
    uint32_t flow_node;    /* the image's row of the flow's first node */
    uint32_t arm_base;     /* slots of what an outcome brought */
    uint32_t arm_error;    /* slot of `error` */
    uint32_t item_slot;    /* of `each` */
    struct bytes way_text; /* used again and again */
    bool too_large;
};

/* A jump to a label. */
struct label_ref {
    uint32_t pc; /* of its instruction */
    uint32_t label;
};

/* Room for one more row; gives its index. The row is zeroed. */
uint32_t emit_row(struct emitter *e, enum emit_array array);

/* The row of a constant; v is taken. Scalars and texts are shared. */
uint32_t emit_constant(struct emitter *e, struct value v);
uint32_t emit_text(struct emitter *e, const char *p, size_t len);

/* The row of a constant with all its parts as rows before it; v is looked at. */
uint32_t emit_composite(struct emitter *e, struct value v);

uint32_t emit_word(struct emitter *e, const char *text);

/* The row of a built-in function. */
uint32_t emit_builtin(struct emitter *e, enum builtin function);

uint32_t emit_type(struct emitter *e, const struct type *t);

/* The file of a position as a constant: relative to the compiled file's folder. */
uint32_t emit_file(struct emitter *e, const struct source *source);

/* Sets the source position of the code emitted next. */
void emit_line(struct emitter *e, struct span span);

/* Appends a word of code; gives its pc. */
uint32_t emit_code(struct emitter *e, uint32_t word);

/* Frees what only emitting needed. */
void emit_image_release(struct emitter *e);

#endif
