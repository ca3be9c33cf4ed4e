/* What `flowrun show` prints, as text and as JSON. For show*.c only. */
#ifndef FLOW_CLI_COMMAND_SHOW_PARTS_H
#define FLOW_CLI_COMMAND_SHOW_PARTS_H

#include "cli/output.h"
#include "program/image.h"
#include "vm/program.h"

#include <stdint.h>

/* A file that is shown. */
struct shown {
    const char *file;
    const struct image_origin *origin;
    const struct image *image; /* NULL: it is of another format */
    const struct program *program;
    const char **hosts; /* "shop.example.com:443", as --allow-host takes them; each once */
    uint32_t host_count;
};

/* NULL: its url depends on configuration that nobody gave. */
const struct endpoint *command_show_endpoint(const struct shown *s, uint32_t endpoint);

/* The hash of the sources, in hexadecimal digits. */
void command_show_add_hash(const struct shown *s, struct bytes *b);

void command_show_print_text(const struct shown *s, struct output *out);
void command_show_print_json(const struct shown *s, struct output *out);

#endif
