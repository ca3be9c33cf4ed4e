#include "cli/command_show_parts.h"

#include "base/mem.h"
#include "cli/command.h"
#include "engine/load.h"
#include "engine/start.h"
#include "vm/program_known.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct endpoint *command_show_endpoint(const struct shown *s, uint32_t endpoint)
{
    const struct endpoint *e = &s->program->endpoints[endpoint];
    return e->url && program_url_is_known(s->program, endpoint) ? e : NULL;
}

void command_show_add_hash(const struct shown *s, struct bytes *b)
{
    for (size_t i = 0; i < IMAGE_HASH; i++)
        bytes_printf(b, "%02x", s->image->source_hash[i]);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void find_hosts(struct shown *s)
{
    uint32_t all = 0;
    s->hosts = mem_alloc_zeroed(s->image->endpoint_count, sizeof *s->hosts);
    for (uint32_t i = 0; i < s->image->endpoint_count; i++) {
        const struct endpoint *e = command_show_endpoint(s, i);
        if (e)
            s->hosts[all++] = strstr(e->origin, "://") + strlen("://");
    }
    qsort(s->hosts, all, sizeof *s->hosts, by_text);
    for (uint32_t i = 0; i < all; i++) {
        if (i == 0 || strcmp(s->hosts[i], s->hosts[i - 1]) != 0)
            s->hosts[s->host_count++] = s->hosts[i];
    }
}

static int print(const struct options *o, const struct shown *s)
{
    struct output out;
    output_init(&out, STDOUT_FILENO);
    if (o->json)
        command_show_print_json(s, &out);
    else
        command_show_print_text(s, &out);
    if (out.failure == 0)
        return STATUS_ENDED;
    output_complain("stdout: %s", strerror(out.failure));
    return STATUS_MISUSE;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

/* Without secrets, and without what was not given. */
static int show_image(const struct options *o, struct shown *s, struct bytes *problems)
{
    const struct start_options options = { .sets = o->sets.items,
                                           .set_count = o->sets.len,
                                           .environment = environment,
                                           .simulated = true,
                                           .is_shown = true };
    struct program *program = start_program(s->image, &options, problems);
    int status = STATUS_MISUSE;
    if (program) {
        s->program = program;
        find_hosts(s);
        status = print(o, s);
        mem_free(s->hosts);
    }
    start_free(program);
    return status;
}

static int show_file(const struct options *o, struct bytes *problems)
{
    struct bytes b = { 0 };
    struct image_origin origin;
    struct shown s = { .file = o->file, .origin = &origin };
    struct image *image = NULL;
    int status = STATUS_MISUSE;
    if (!load_bytes(o->file, &b, problems))
        goto done;
    if (image_origin(bytes_text(&b), b.len, &origin) && origin.format != IMAGE_FORMAT) {
        status = print(o, &s);
        goto done;
    }
    image = load_read(o->file, &b, problems);
    s.image = image;
    if (image)
        status = show_image(o, &s, problems);
    image_free(image);
done:
    bytes_release(&b);
    return status;
}

int command_show(const struct options *o)
{
    struct bytes problems = { 0 };
    int status = show_file(o, &problems);
    output_complain_lines(&problems);
    bytes_release(&problems);
    return status;
}
