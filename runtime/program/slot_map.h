/* What the verifier knows of the slots of a frame at one place of the code: a byte per slot, which
 * begins as SLOT_UNSET. Maps share what they have in common, so that a map for each jump target of
 * a long function costs what differs, not the number of slots. Knows no code. */
#ifndef FLOW_PROGRAM_SLOT_MAP_H
#define FLOW_PROGRAM_SLOT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum slot_state {
    SLOT_UNSET,
    SLOT_SET,
    SLOT_SECRET,
    SLOT_MISSING, /* an input or argument that is not given */
};

struct slot_tree;

/* The memory of all maps of one function. */
struct slot_memory {
    unsigned depth; /* of trees; see slot_memory_init */
    size_t bytes;   /* in use */
};

struct slot_map {
    struct slot_tree *root; /* NULL: every slot is unset */
};

/* For slots 0 to slot_count - 1; at most IMAGE_MAX_SLOTS. */
void slot_memory_init(struct slot_memory *m, uint32_t slot_count);

void slot_map_release(struct slot_memory *m, struct slot_map *map);

enum slot_state slot_map_get(const struct slot_memory *m, const struct slot_map *map,
                             uint32_t slot);

void slot_map_set(struct slot_memory *m, struct slot_map *map, uint32_t first, uint32_t count,
                  enum slot_state state);

/* Makes `to` equal to `from`. */
void slot_map_copy(struct slot_memory *m, struct slot_map *to, const struct slot_map *from);

/* Joins what is known on two ways to a place: a slot is set if it is on both, and a secret if it is
 * one on either; a missing one must be so on both. True: `to` has changed. */
bool slot_map_merge(struct slot_memory *m, struct slot_map *to, const struct slot_map *from);

#endif
