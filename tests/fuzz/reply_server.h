/* A server on loopback that answers with the bytes of an input: for fuzzing what is behind sockets.
 * Knows no flow. A thread for each connection, so that it can be written straight down. */
#ifndef FLOW_TESTS_REPLY_SERVER_H
#define FLOW_TESTS_REPLY_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLIES_MAX 32u

/* What becomes of the connection once the bytes are sent. */
enum reply_end { REPLY_KEEP, REPLY_CLOSE, REPLY_RESET };

struct reply {
    const uint8_t *bytes;
    size_t len;
    enum reply_end end;
    unsigned pieces;  /* in which it is sent, from 1 */
    bool is_repeated; /* sent again, unasked, when no request has come for a moment */
};

/* `@@@@@` in a reply becomes `#` and the four digits at the end of the request's path; every other
 * `#` becomes `*`. So a digit behind a `#` was meant for that request. */
struct reply_script {
    struct reply replies[REPLIES_MAX];
    size_t count;
    bool is_tls;
};

/* The first request of a path gets the reply that the path chooses, the next one the reply behind
 * that. The script stays where it is until reply_server_stop. Returns the port. */
int reply_server_start(const struct reply_script *script);

/* Waits until all connections have ended. How many replies were sent. */
size_t reply_server_stop(void);

#endif
