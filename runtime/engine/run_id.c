/* Names of runs, in the form of a ULID: 48 bits of time, 80 of chance, in Crockford's base 32; so
 * they sort by time, and two of them are never the same in practice. */
#include "engine/run_parts.h"

void run_id_write(char out[27], int64_t now_ms, const uint8_t random[RUN_CHANCE])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t time = (uint64_t)now_ms & 0xffffffffffffu;
    for (int i = 9; i >= 0; i--) {
        out[i] = digits[time & 31];
        time >>= 5;
    }
    uint32_t bits = 0;
    int held = 0;
    int at = 10;
    for (int i = 0; i < 10; i++) {
        bits = bits << 8 | random[i];
        for (held += 8; held >= 5; held -= 5)
            out[at++] = digits[bits >> (held - 5) & 31];
    }
    out[26] = '\0';
}
