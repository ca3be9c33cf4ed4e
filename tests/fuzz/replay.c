/* Runs a target on files, without libFuzzer, so that any compiler and any machine can: each file
 * and each file of a folder that is named on the command line is one input. After `--prefixes N`
 * each beginning of a file is an input, of all lengths or of each N-th. Says how many inputs there
 * were. A crash ends it, after the name of the file. */
#include "tests/fuzz/fuzz.h"

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

static size_t prefixes; /* 0: files as they are */

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

static unsigned run_file(const char *path)
{
    size_t size = 0;
    unsigned count = 1;
    uint8_t *data = read_file(path, &size);
    fprintf(stderr, "%s\n", path);
    for (size_t len = 0; prefixes > 0 && len < size; len += prefixes, count++)
        run_bytes(data, len);
    run_bytes(data, size);
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
        else
            count += run(argv[i]);
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
