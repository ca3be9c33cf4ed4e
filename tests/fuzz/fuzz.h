/* What all targets share: the functions of libFuzzer that they define or call, and the bounds that
 * one input is held to. A target is linked with libFuzzer, or with replay.c, which runs files. */
#ifndef FLOW_TESTS_FUZZ_H
#define FLOW_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* The processor's time that one input may take, in milliseconds. The clock on the wall would count
 * what other programs do. */
#define FUZZ_MOST_MS 1000

/* From now on no more than most_bytes more may be held at any time; 0: no bound. Looked at where a
 * sanitizer counts memory. */
void fuzz_begin(size_t most_bytes);

/* Ends the program by abort() where the input took too long. */
void fuzz_end(void);

/* Ends the program by abort(), saying what does not hold. */
_Noreturn void fuzz_fail(const char *what, const char *why);

#endif
