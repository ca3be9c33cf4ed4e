/* Starts many runs that each ask a question which nobody answers, and lets them go: `measure` says
 * how much memory they took together.
 *
 *     waiting_asks FILE.flowb FLOW RUNS */
#include "base/mem.h"
#include "engine/loop.h"
#include "engine/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ask(struct run *run, uint32_t id, const struct text *question, struct value choices)
{
    (void)run;
    (void)id;
    (void)question;
    (void)choices;
}

static const struct run_watch watch = { .ask = ask };

static struct image *read_image(const char *path)
{
    static char data[1 << 20];
    char *why = NULL;
    FILE *f = fopen(path, "rb");
    size_t len = f ? fread(data, 1, sizeof data, f) : 0;
    struct image *image = image_read(data, len, &why);
    if (f)
        fclose(f);
    mem_free(why);
    return image;
}

static uint32_t find_flow(const struct image *image, const char *name)
{
    uint32_t i = 0;
    while (i < image->function_count &&
           strcmp(image_text(image, image->functions[i].name), name) != 0)
        i++;
    return i;
}

static const char *no_setting(const char *name)
{
    return strcmp(name, "FLOW_SERVER") == 0 ? "http://127.0.0.1:9" : NULL;
}

int main(int argc, char **argv)
{
    struct bytes problems = { 0 };
    struct start_options options = { .environment = no_setting };
    struct image *image = argc == 4 ? read_image(argv[1]) : NULL;
    struct program *program = image ? start_program(image, &options, &problems) : NULL;
    struct loop *loop = program ? loop_new(program, NULL) : NULL;
    uint32_t flow = image ? find_flow(image, argv[2]) : 0;
    if (!loop || flow == image->function_count) {
        fprintf(stderr, "waiting_asks: cannot start: %s\n", bytes_text(&problems));
        return 2;
    }
    for (long i = atol(argv[3]); i > 0; i--)
        run_start(loop_engine(loop), flow, NULL, &watch, NULL);
    while (run_engine_turn(loop_engine(loop)))
        ;
    loop_free(loop);
    start_free(program);
    image_free(image);
    return 0;
}
