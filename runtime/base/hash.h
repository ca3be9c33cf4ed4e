/* A hash of bytes, keyed with random bits of this process, so that nobody who chooses the bytes can
 * make many of them collide. Never write a hash to a file: another process computes another one. */
#ifndef FLOW_BASE_HASH_H
#define FLOW_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 (Aumasson and Bernstein, 2012, with one round per word and three at the end). */
uint64_t hash_bytes(const void *p, size_t len);

#endif
