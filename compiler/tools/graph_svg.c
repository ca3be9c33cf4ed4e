#include "tools/graph_svg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct pipes {
    int to;   /* its stdin */
    int from; /* its stdout */
};

static int start(struct pipes *pipes, pid_t *child)
{
    int in[2];
    int out[2];
    posix_spawn_file_actions_t actions;
    char *words[] = { (char[]){ "dot" }, (char[]){ "-Tsvg" }, NULL };
    if (pipe2(in, O_CLOEXEC) != 0)
        return errno;
    if (pipe2(out, O_CLOEXEC) != 0) {
        int failure = errno;
        close(in[0]);
        close(in[1]);
        return failure;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    int failure = posix_spawnp(child, "dot", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    if (failure) {
        close(in[1]);
        close(out[0]);
        return failure;
    }
    *pipes = (struct pipes){ .to = in[1], .from = out[0] };
    return 0;
}

static void give(struct pipes *p, const struct bytes *dot, size_t *given)
{
    ssize_t n = write(p->to, dot->data + *given, dot->len - *given);
    if (n > 0)
        *given += (size_t)n;
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        *given = dot->len; /* it reads no more: its exit status says why */
    if (*given == dot->len) {
        close(p->to);
        p->to = -1;
    }
}

/* Both ways at once: a picture may be larger than a pipe holds, before all of the text is read. */
static void talk(struct pipes *p, const struct bytes *dot, struct bytes *out)
{
    size_t given = 0;
    fcntl(p->to, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd files[2] = { { .fd = p->from, .events = POLLIN },
                                   { .fd = p->to, .events = POLLOUT } };
        if (poll(files, 2, -1) < 0 && errno != EINTR)
            return;
        if (p->to >= 0 && files[1].revents)
            give(p, dot, &given);
        if (!files[0].revents)
            continue;
        bytes_reserve(out, 65536);
        ssize_t n = read(p->from, out->data + out->len, 65535);
        if (n > 0)
            out->len += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return;
    }
}

const char *graph_svg(const struct bytes *dot, struct bytes *out)
{
    struct pipes p = { .to = -1, .from = -1 };
    pid_t child = 0;
    int status = 0;
    int failure = start(&p, &child);
    if (failure == EMFILE || failure == ENFILE || failure == EAGAIN || failure == ENOMEM)
        return "Graphviz's `dot` cannot be started: the system is out of descriptors, processes or "
               "memory";
    if (failure != 0) {
        return "svg needs the program `dot` of Graphviz, which is not installed: install it "
               "(apt-get install graphviz), or use --format dot or mermaid";
    }
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    talk(&p, dot, out);
    signal(SIGPIPE, before);
    if (p.to >= 0)
        close(p.to);
    close(p.from);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    bytes_add_char(out, '\0');
    out->len--;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL : "Graphviz's `dot` failed";
}
