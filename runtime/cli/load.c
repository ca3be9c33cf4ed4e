#include "cli/load.h"

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "engine/secrets_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536u
#define MOST_BYTES (512u << 20) /* of a program or of secrets: what is no file may never end */

static int read_all(int fd, struct bytes *b, uint64_t most)
{
    for (;;) {
        bytes_reserve(b, CHUNK);
        ssize_t n = read(fd, b->data + b->len, CHUNK);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            return 0;
        if (n > 0)
            b->len += (size_t)n;
        if (b->len > most)
            return EFBIG;
    }
}

/* Before anything is read of it, where that can be known. */
static bool is_too_large(int fd, uint64_t most)
{
    struct stat facts;
    return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && (uint64_t)facts.st_size > most;
}

bool load_file(const char *path, uint64_t most, struct bytes *b, struct bytes *problems)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : is_too_large(fd, most) ? EFBIG : read_all(fd, b, most);
    if (fd >= 0)
        close(fd);
    bytes_reserve(b, 1);
    b->data[b->len] = '\0';
    if (error == EFBIG)
        bytes_printf(problems, "cannot read %s: it is larger than %llu MB\n", path,
                     (unsigned long long)most >> 20);
    else if (error)
        bytes_printf(problems, "cannot read %s: %s\n", path, strerror(error));
    return error == 0;
}

static bool is_source(const char *path, const struct bytes *b)
{
    size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".flow") == 0 &&
           strncmp(bytes_text(b), IMAGE_MAGIC, 5) != 0;
}

struct image *load_read(const char *path, const struct bytes *b, struct bytes *problems)
{
    char *reason = NULL;
    struct image *image = image_read(bytes_text(b), b->len, &reason);
    if (image)
        reason = image_verify(image);
    if (!reason)
        return image;
    bytes_printf(problems, "%s: %s\n", path, reason);
    mem_free(reason);
    if (image)
        image_free(image);
    return NULL;
}

bool load_bytes(const char *path, struct bytes *b, struct bytes *problems)
{
    if (!load_file(path, MOST_BYTES, b, problems))
        return false;
    if (!is_source(path, b))
        return true;
    bytes_printf(problems, "%s is source: compile it by `flowc %s`, then run `flowrun %sb`\n", path,
                 path, path);
    return false;
}

struct image *load_image(const char *path, struct bytes *problems)
{
    struct bytes b = { 0 };
    bool good = load_bytes(path, &b, problems);
    struct image *image = good ? load_read(path, &b, problems) : NULL;
    bytes_release(&b);
    return image;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

/* A core file holds all of the memory, secrets too. */
static void leave_no_core(void)
{
    const struct rlimit none = { 0 };
    setrlimit(RLIMIT_CORE, &none);
}

/* The calls of such an endpoint all end in `error`: better to know it before the first of them. */
static void warn_of_files(const struct program *p)
{
    for (uint32_t i = 0; i < p->image->endpoint_count; i++) {
        const struct endpoint *e = &p->endpoints[i];
        if (e->tls.files.problem)
            output_complain("endpoint `%s`: %s", e->name, e->tls.files.problem);
    }
}

struct program *load_program(const struct image *image, const struct options *o,
                             struct bytes *problems)
{
    struct secrets_file secrets = { 0 };
    struct bytes b = { 0 };
    struct program *program = NULL;
    size_t before = problems->len;
    if (o->secrets && load_file(o->secrets, MOST_BYTES, &b, problems))
        secrets_file_read(&secrets, o->secrets, bytes_text(&b), b.len, problems);
    struct program_options options = { .sets = o->sets.items,
                                       .set_count = o->sets.len,
                                       .secrets = secrets.pairs,
                                       .secret_count = secrets.len,
                                       .environment = environment,
                                       .max_response = o->max_response,
                                       .guard = o->guard.len > 0 || o->guard.deny_private
                                                    ? &o->guard
                                                    : NULL };
    if (image->secret_count > 0)
        leave_no_core();
    program = program_start(image, &options, problems);
    if (program && problems->len > before) {
        program_free(program);
        program = NULL;
    }
    if (program)
        warn_of_files(program);
    secrets_file_release(&secrets);
    if (b.data)
        explicit_bzero(b.data, b.len);
    bytes_release(&b);
    return program;
}

int load_and_go(const struct options *o,
                int (*go)(const struct options *o, const struct program *program, uint32_t flow,
                          struct value *inputs))
{
    struct bytes problems = { 0 };
    struct program *program = NULL;
    struct value *inputs = NULL;
    uint32_t flow = IMAGE_NONE;
    int status = STATUS_MISUSE;
    struct image *image = load_image(o->file, &problems);
    if (image) {
        flow = inputs_find_flow(image, o->flow, &problems);
        if (flow != IMAGE_NONE)
            inputs = inputs_of_pairs(image, flow, &o->inputs, &problems);
        program = load_program(image, o, &problems);
    }
    output_complain_lines(&problems);
    if (program && inputs)
        status = go(o, program, flow, inputs);
    if (inputs)
        inputs_free(image, flow, inputs);
    if (program)
        program_free(program);
    if (image)
        image_free(image);
    bytes_release(&problems);
    return status;
}
