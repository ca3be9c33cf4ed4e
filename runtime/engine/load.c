#include "engine/load.h"

#include "base/mem.h"
#include "base/read_file.h"
#include "engine/secrets_file.h"
#include "engine/start.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MOST_BYTES (512u << 20) /* of a program or of secrets: what is no file may never end */

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
        reason = verify_image(image);
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
    if (!read_file(path, MOST_BYTES, b, problems))
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

/* A core file contains all memory, secrets included. */
static void leave_no_core(void)
{
    const struct rlimit none = { 0 };
    setrlimit(RLIMIT_CORE, &none);
}

struct program *load_program(const struct image *image, const struct start_options *options,
                             const char *secrets_path, struct bytes *problems)
{
    struct secrets_file secrets = { 0 };
    struct bytes b = { 0 };
    size_t before = problems->len;
    if (secrets_path && read_file(secrets_path, MOST_BYTES, &b, problems))
        secrets_file_read(&secrets, secrets_path, bytes_text(&b), b.len, problems);
    struct start_options all = *options;
    all.secrets = secrets.pairs;
    all.secret_count = secrets.len;
    all.environment = environment;
    if (image->secret_count > 0)
        leave_no_core();
    struct program *program = start_program(image, &all, problems);
    if (program && problems->len > before) {
        start_free(program);
        program = NULL;
    }
    secrets_file_release(&secrets);
    if (b.data)
        explicit_bzero(b.data, b.len);
    bytes_release(&b);
    return program;
}
