/* flowrun: runs compiled flows. */
#include "base/mem.h"
#include "base/replace_file.h"
#include "cli/command.h"
#include "cli/command_replay.h"
#include "cli/command_show.h"
#include "cli/command_test.h"
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

/* A NULL follows the last part. */
static int print(const char *const *parts)
{
    struct output out;
    output_init(&out, STDOUT_FILENO);
    for (; *parts; parts++)
        output_write(&out, *parts, strlen(*parts));
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
    int status = print((const char *const[]){ bytes_text(&b), NULL });
    bytes_release(&b);
    return status;
}

static int obey(const struct options *o)
{
    switch (o->command) {
    case COMMAND_RUN:
        return command_run(o);
    case COMMAND_BATCH:
        return command_batch(o);
    case COMMAND_STEP:
        return command_step(o);
    case COMMAND_HELP:
        return print(options_help);
    case COMMAND_VERSION:
        return print_version();
    }
    return STATUS_MISUSE;
}

static bool asks_for_help(int count, char **words)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return true;
    }
    return false;
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
    if (count > 1 && strcmp(words[1], "test") == 0 && !asks_for_help(count, words))
        return command_test(count - 1, words + 1);
    if (count > 1 && strcmp(words[1], "show") == 0 && !asks_for_help(count, words))
        return command_show(count - 1, words + 1);
    if (count > 1 && strcmp(words[1], "replay") == 0 && !asks_for_help(count, words))
        return command_replay(count - 1, words + 1);
    if (options_read(&o, count, words, &problems))
        status = obey(&o);
    else
        bytes_add_text(&problems, "`flowrun --help` shows how it is used\n");
    output_complain_lines(&problems);
    options_release(&o);
    bytes_release(&problems);
    return status;
}
