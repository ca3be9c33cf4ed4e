/* How fast the JSON reader is.
 *
 *     json_speed FILE SECONDS
 *
 * prints megabytes (10^6 bytes) per second of CPU. */
#include "base/mem.h"
#include "formats/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    mem_keep(); /* as flowrun does */
    static char text[16 << 20];
    FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!f) {
        fprintf(stderr, "usage: json_speed FILE SECONDS\n");
        return 2;
    }
    size_t len = fread(text, 1, sizeof text, f);
    fclose(f);
    double start = cpu_seconds();
    double end = start + atof(argv[2]);
    double read = 0;
    do {
        struct value v;
        struct json_error error;
        if (!json_read(text, len, &v, &error)) {
            fprintf(stderr, "json_speed: %s at byte %zu\n", error.message, error.offset);
            return 1;
        }
        value_unref(v);
        read += (double)len;
    } while (cpu_seconds() < end);
    printf("%.1f\n", read / 1e6 / (cpu_seconds() - start));
    return 0;
}
