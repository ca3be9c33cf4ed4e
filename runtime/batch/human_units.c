#include "batch/human_units.h"

#include <stdio.h>
#include <string.h>

void human_units_count(struct bytes *b, uint64_t n)
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            bytes_add_char(b, ',');
        bytes_add_char(b, digits[i]);
    }
}

static void add_three_digits(struct bytes *b, double x, const char *unit)
{
    bytes_printf(b, "%.*f %s", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x, unit);
}

void human_units_time(struct bytes *b, uint64_t micros)
{
    unsigned long long seconds = (micros + 500000) / 1000000;
    if (micros < 1000)
        bytes_printf(b, "%llu us", (unsigned long long)micros);
    else if (micros < 999500)
        add_three_digits(b, (double)micros / 1e3, "ms");
    else if (seconds < 60)
        add_three_digits(b, (double)micros / 1e6, "s");
    else if (seconds < 3600)
        bytes_printf(b, "%llum%02llus", seconds / 60, seconds % 60);
    else
        bytes_printf(b, "%lluh%02llum", seconds / 3600, seconds % 3600 / 60);
}

void human_units_size(struct bytes *b, uint64_t bytes)
{
    static const char *const units[] = { "KB", "MB", "GB", "TB" };
    if (bytes < 1024) {
        bytes_printf(b, "%u B", (unsigned)bytes);
        return;
    }
    double size = (double)bytes / 1024;
    size_t i = 0;
    for (; size >= 1023.95 && i < 3; i++)
        size /= 1024;
    bytes_printf(b, "%.1f %s", size, units[i]);
}

void human_units_things(struct bytes *b, uint64_t n, const char *thing)
{
    human_units_count(b, n);
    bytes_printf(b, " %s%s", thing, n == 1 ? "" : "s");
}
