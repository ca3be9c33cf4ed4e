/* flowrun: runs compiled flows. */
#include "base/mem.h"
#include "base/replace_file.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "net/libraries.h"

#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* As many connections as the system lets us have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int print(struct bytes *b)
{
    struct output out;
    output_init(&out, STDOUT_FILENO);
    output_write(&out, bytes_text(b), b->len);
    bytes_release(b);
    if (out.failure == 0)
        return STATUS_ENDED;
    output_complain("stdout: %s", strerror(out.failure));
    return STATUS_MISUSE;
}

static int print_version(void)
{
    struct bytes b = { 0 };
    bytes_printf(&b, "flowrun " PACKAGE_VERSION "\nbytecode format %u\n", IMAGE_FORMAT);
    libraries_print(&b);
    return print(&b);
}

static int print_help(const struct options *o)
{
    struct bytes b = { 0 };
    options_print_help(o, &b);
    return print(&b);
}

static int obey(const struct options *o)
{
    if (o->wants_version)
        return print_version();
    if (o->wants_help)
        return print_help(o);
    switch (o->command) {
    case COMMAND_RUN:
        return command_run(o);
    case COMMAND_BATCH:
        return command_batch(o);
    case COMMAND_STEP:
        return command_step(o);
    case COMMAND_TEST:
        return command_test(o);
    case COMMAND_REPLAY:
        return command_replay(o);
    case COMMAND_SHOW:
        return command_show(o);
    }
    return STATUS_MISUSE;
}

int main(int count, char **words)
{
    struct options o;
    struct bytes problems = { 0 };
    int status = STATUS_MISUSE;
    output_prepare_descriptors();
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write the keys of TLS there, for all to read */
    signal(SIGPIPE, SIG_IGN);
    mem_on_exhausted("flowrun", STATUS_MISUSE, replace_file_abandon);
    mem_keep();
    libraries_prepare();
    raise_descriptor_limit();
    if (options_read(&o, count, words, &problems))
        status = obey(&o);
    else
        bytes_add_text(&problems, "`flowrun --help` shows how it is used\n");
    output_complain_lines(&problems);
    options_release(&o);
    bytes_release(&problems);
    return status;
}
