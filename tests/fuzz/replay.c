/* Runs a target on files, without libFuzzer, so that any compiler and any machine can: each file
 * and each file of a folder that is named on the command line is one input. After `--prefixes N`
 * each beginning of a file is an input, of all lengths or of each N-th; after `--words N`, the file
 * with each word, or each N-th, left out, twice, before the one before it, and exchanged for
 * others. Says how many inputs there were. A crash ends it, after the name of the file. */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Targets that make no preparations, and those that only libFuzzer lets mutate. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    (void)data;
    (void)max_size;
    return size;
}

static size_t prefixes; /* 0: none */
static size_t words;    /* 0: none */

/* What a word is exchanged for. */
static const char *const others[] = { "}", "(", "name", "\"text\"", "7", "->", ":", "null" };
#define OTHERS (sizeof(others) / sizeof(*others))

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    struct stat s;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &s) != 0)
        die(path);
    uint8_t *data = malloc((size_t)s.st_size + 1);
    if (!data)
        die(path);
    *size = fread(data, 1, (size_t)s.st_size, file);
    fclose(file);
    return data;
}

/* The bytes lie in a block of exactly their size, so that ASan sees a read beyond them. */
static void run_bytes(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        die("out of memory");
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

/* A name or a number, a text with its quotes, or one other byte; where the next one begins. */
static size_t end_of_word(const char *p, size_t at, size_t size)
{
    size_t end = at + 1;
    if (p[at] == '"') {
        while (end < size && p[end] != '"' && p[end] != '\n')
            end++;
        return end < size ? end + 1 : size;
    }
    if (isalnum((unsigned char)p[at]) || p[at] == '_')
        while (end < size && (isalnum((unsigned char)p[end]) || p[end] == '_'))
            end++;
    return end;
}

struct part {
    const char *data;
    size_t len;
};

static void run_parts(const struct part *parts, size_t count)
{
    char *whole = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&whole, &size);
    if (!file)
        die("out of memory");
    for (size_t i = 0; i < count; i++)
        fwrite(parts[i].data, 1, parts[i].len, file);
    fclose(file);
    run_bytes((const uint8_t *)whole, size);
    free(whole);
}

/* The file with this word changed in every way; `before` is the word before it, and what stands
 * between. */
static unsigned change_word(struct part head, struct part before, struct part word,
                            struct part tail)
{
    struct part blank = { " ", 1 };
    run_parts((struct part[]){ head, before, tail }, 3);
    run_parts((struct part[]){ head, before, word, blank, word, tail }, 6);
    run_parts((struct part[]){ head, word, blank, before, tail }, 5);
    for (size_t i = 0; i < OTHERS; i++)
        run_parts((struct part[]){ head, before, { others[i], strlen(others[i]) }, tail }, 4);
    return 3 + OTHERS;
}

static unsigned run_words(const char *p, size_t size)
{
    unsigned count = 0;
    size_t number = 0;
    size_t before = 0;
    for (size_t at = 0; at < size;) {
        size_t end = end_of_word(p, at, size);
        if (!isspace((unsigned char)p[at])) {
            if (number++ % words == 0)
                count += change_word(
                    (struct part){ p, before }, (struct part){ p + before, at - before },
                    (struct part){ p + at, end - at }, (struct part){ p + end, size - end });
            before = at;
        }
        at = end;
    }
    return count;
}

static unsigned run_file(const char *path)
{
    size_t size = 0;
    unsigned count = 1;
    uint8_t *data = read_file(path, &size);
    fprintf(stderr, "%s\n", path);
    for (size_t len = 0; prefixes > 0 && len < size; len += prefixes, count++)
        run_bytes(data, len);
    run_bytes(data, size);
    if (words > 0)
        count += run_words((const char *)data, size);
    free(data);
    return count;
}

static unsigned run(const char *path);

static unsigned run_folder(const char *path)
{
    struct dirent **entries;
    unsigned count = 0;
    int len = scandir(path, &entries, NULL, alphasort);
    if (len < 0)
        die(path);
    for (int i = 0; i < len; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            count += run(inner);
        free(entries[i]);
    }
    free(entries);
    return count;
}

static unsigned run(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0)
        die(path);
    if (S_ISDIR(s.st_mode))
        return run_folder(path);
    return run_file(path);
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--prefixes") == 0 && i + 1 < argc)
            prefixes = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--words") == 0 && i + 1 < argc)
            words = strtoul(argv[++i], NULL, 10);
        else
            count += run(argv[i]);
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
