/* Replies as they come from the network, through libcurl: four runs of a flow in two threads, whose
 * calls use connections and handles again, are retried and redirected, over HTTP or TLS. What was
 * recorded is replayed.
 *
 * The first byte says whether TLS is used. Then come replies, with 0xff between them; the first
 * byte of each says in how many pieces it is sent, whether it is sent twice, and what becomes of
 * the connection. */
#include "base/bytes.h"
#include "cli/command.h"
#include "compiler/compile.h"
#include "emit/emit.h"
#include "model/model.h"
#include "net/libraries.h"
#include "program/image.h"
#include "syntax/diag.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reply_server.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS 4

/* The times are far from what anything takes here: so it does not hang on milliseconds whether
 * there is a second attempt, and its replay agrees. */
static const char flow[] =
    "config base: text\n"
    "endpoint api {\n"
    "    url base connections 2 connect 3s timeout 3s within 3s\n"
    "    redirects 3 max-response 4KB tls { verify: false }\n"
    "}\n"
    "flow f(id: text) {\n"
    "    var seen = \"\"\n"
    "    node get {\n"
    "        GET api \"/get/{id}\" retry 1 on error, 503 backoff 1ms..2ms\n"
    "        200 { seen = \"{seen}{json(body)}{json(headers)}\" } -> head\n"
    "        other { seen = \"{seen}{status}{json(body)}\" } -> head\n"
    "        error { seen = \"{seen}{error.message}\" } -> head\n"
    "        timeout, max-connection -> head\n"
    "    }\n"
    "    node head {\n"
    "        HEAD api \"/head/{id}\"\n"
    "        200 { seen = \"{seen}{json(headers)}\" } -> post\n"
    "        other, error, timeout, max-connection -> post\n"
    "    }\n"
    "    node post {\n"
    "        POST api \"/post/{id}\" body { id: id }\n"
    "        200 { seen = \"{seen}{json(body)}\" } -> delete\n"
    "        other { seen = \"{seen}{json(body)}{json(headers)}\" } -> delete\n"
    "        error { seen = \"{seen}{error.kind}\" } -> delete\n"
    "        timeout, max-connection -> delete\n"
    "    }\n"
    "    node delete {\n"
    "        DELETE api \"/delete/{id}\"\n"
    "        200, 204 -> again\n"
    "        other { seen = \"{seen}{json(body)}\" } -> again\n"
    "        error, timeout, max-connection -> again\n"
    "    }\n"
    "    node again { -> get max 1 else done }\n"
    "    node done { -> end (seen) }\n"
    "}\n";

/* The files of one input, in a folder. */
static char folder[40];
static char image[64], inputs[64], output[64], record[64], archive[64];
static char *const files[] = { image, inputs, output, record, archive };
static size_t replies;

static void clean_up(void)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    rmdir(folder);
    fprintf(stderr, "%zu replies were sent\n", replies);
}

static void make_folder(void)
{
    static const char *const names[] = { "t.flowb", "inputs", "output", "record", "archive" };
    strcpy(folder, "/dev/shm/flow-fuzz-XXXXXX"); /* in memory where there is such a place */
    if (!mkdtemp(folder)) {
        strcpy(folder, "/tmp/flow-fuzz-XXXXXX");
        if (!mkdtemp(folder))
            fuzz_fail("no folder", folder);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        snprintf(files[i], sizeof image, "%s/%s", folder, names[i]);
}

static void write_file(const char *path, const char *p, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, p, len) != (ssize_t)len)
        fuzz_fail("cannot write", path);
    close(fd);
}

static void compile(void)
{
    struct sources sources = { 0 };
    struct diags diags = { 0 };
    struct model model = { 0 };
    struct bytes data = { 0 };
    const char *reason = NULL;
    write_file(inputs, flow, sizeof flow - 1);
    if (!compile_model(&model, &sources, &diags, inputs, &reason) || diags.errors > 0)
        fuzz_fail("the flow does not compile", diags.errors ? diags.items[0]->message : reason);
    struct image *compiled = emit(&model);
    image_write(compiled, &data);
    write_file(image, data.data, data.len);
    image_free(compiled);
    model_release(&model);
    diags_release(&diags);
    sources_release(&sources);
    bytes_release(&data);
}

static void write_inputs(void)
{
    struct bytes lines = { 0 };
    for (int i = 1; i <= RUNS; i++)
        bytes_printf(&lines, "{\"id\":\"%04d\"}\n", i);
    write_file(inputs, lines.data, lines.len);
    bytes_release(&lines);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    libraries_prepare();
    make_folder();
    atexit(clean_up);
    compile();
    write_inputs();
    return 0;
}

static void add_reply(struct reply_script *s, const uint8_t *p, size_t len)
{
    static const enum reply_end ends[] = { REPLY_KEEP, REPLY_KEEP, REPLY_CLOSE, REPLY_RESET };
    if (len == 0 || s->count == REPLIES_MAX)
        return;
    s->replies[s->count++] = (struct reply){ .bytes = p + 1,
                                             .len = len - 1,
                                             .end = ends[p[0] & 3],
                                             .pieces = 1 + (p[0] >> 2 & 3),
                                             .is_repeated = (p[0] & 16) != 0 };
}

static void read_script(struct reply_script *s, const uint8_t *p, size_t len)
{
    s->is_tls = (*p & 1) != 0;
    for (p++, len--; len > 0;) {
        const uint8_t *end = memchr(p, 0xff, len);
        size_t now = end ? (size_t)(end - p) : len;
        add_reply(s, p, now);
        now += end != NULL;
        p += now;
        len -= now;
    }
}

/* What is sent at once arrives at once, before the next request is written. In pieces, or unasked,
 * it may arrive while the next request is under way: then HTTP knows no better than to take it. */
static bool is_strict(const struct reply_script *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->replies[i].pieces > 1 || s->replies[i].is_repeated)
            return false;
    }
    return true;
}

static int run_batch(int port, bool is_tls)
{
    char base[64];
    snprintf(base, sizeof base, "base=%s://127.0.0.1:%d", is_tls ? "https" : "http", port);
    char *words[] = { "flowrun", "batch",     image, "--inputs",      inputs, "--output",
                      output,    "--set",     base,  "--record",      record, "--har",
                      archive,   "--threads", "2",   "--concurrency", "4",    "--quiet" };
    struct options o;
    struct bytes problems = { 0 };
    if (!options_read(&o, sizeof words / sizeof *words, words, &problems))
        fuzz_fail("the options are refused", bytes_text(&problems));
    int status = command_batch(&o);
    options_release(&o);
    bytes_release(&problems);
    return status;
}

static int replay(int shown_at)
{
    char *words[] = { image, record };
    const struct options o = {
        .command = COMMAND_REPLAY, .file = image, .words = words, .word_count = 2
    };
    int before = dup(STDOUT_FILENO);
    dup2(shown_at, STDOUT_FILENO);
    int status = command_replay(&o);
    dup2(before, STDOUT_FILENO);
    close(before);
    return status;
}

static void check_replay(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (replay(nowhere) != STATUS_ENDED) {
        replay(STDERR_FILENO);
        fuzz_fail("a replay goes another way", NULL);
    }
    close(nowhere);
}

/* Whatever was meant for a run has its number, unless it was cut. */
static void check_numbers(const char *line, int number)
{
    for (const char *p = line; (p = strchr(p, '#')) != NULL; p++) {
        if (strspn(p + 1, "0123456789") == 4 && atoi(p + 1) != number)
            fuzz_fail("a run got what was meant for another", line);
    }
}

static void check_output(bool is_strict)
{
    static char line[1 << 20];
    int seen[RUNS + 1] = { 0 };
    FILE *file = fopen(output, "r");
    if (!file)
        fuzz_fail("no output", output);
    while (fgets(line, sizeof line, file)) {
        const char *at = strstr(line, "\"line\":");
        int number = at ? atoi(at + 7) : 0;
        if (number < 1 || number > RUNS || seen[number]++)
            fuzz_fail("a result for no line, or a second one", line);
        if (!strstr(line, "\"status\":\"ended\""))
            fuzz_fail("a run did not end", line);
        if (is_strict)
            check_numbers(line, number);
    }
    fclose(file);
    for (int i = 1; i <= RUNS; i++) {
        if (!seen[i])
            fuzz_fail("a line without a result", NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply_script script = { 0 };
    if (size > 0)
        read_script(&script, data, size);
    if (script.count == 0)
        return 0;
    fuzz_begin(0);
    int port = reply_server_start(&script);
    int status = run_batch(port, script.is_tls);
    replies += reply_server_stop();
    if (status != STATUS_ENDED)
        fuzz_fail("the batch did not end well", NULL);
    check_output(is_strict(&script));
    check_replay();
    fuzz_end();
    return 0;
}
