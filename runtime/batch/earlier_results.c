#include "batch/earlier_results.h"

#include "batch/last_results.h"
#include "cli/output.h"
#include "cli/result.h"

#include <fcntl.h>
#include <unistd.h>

/* A run that was cancelled has not done its work. */
#define NOT_DONE RESULT_BIT(RESULT_CANCELLED)

bool earlier_results_read(struct earlier_results *e, const struct options *o,
                          struct bytes *problems)
{
    bool good = true;
    if (o->resume)
        good = resume_read(&e->resume, "--resume", o->resume, NOT_DONE, problems);
    if (o->retry)
        good = resume_read(&e->retry, "--retry", o->retry, o->retried, problems) && good;
    return good;
}

void earlier_results_release(struct earlier_results *e)
{
    resume_release(&e->resume);
    resume_release(&e->retry);
}

void earlier_results_plan(const struct earlier_results *e, struct source_plan *plan)
{
    plan->done = e->resume.path ? &e->resume.done : NULL;
    plan->only = e->retry.path ? &e->retry.again : NULL;
}

/* What the file holds, where it was read. */
static const struct resume *find_held(const struct earlier_results *e, int fd)
{
    if (resume_is_file(&e->resume, fd))
        return &e->resume;
    return resume_is_file(&e->retry, fd) ? &e->retry : NULL;
}

/* The shell has emptied it already, or leaves us at its beginning. */
bool earlier_results_is_overwritten(const struct earlier_results *e)
{
    const struct resume *held = find_held(e, STDOUT_FILENO);
    if (!held || (fcntl(STDOUT_FILENO, F_GETFL) & O_APPEND))
        return false;
    output_complain("the standard output would overwrite %s: give it as --output, too", held->path);
    return true;
}

bool earlier_results_begin_output(struct earlier_results *e, int fd)
{
    e->held = find_held(e, fd);
    if (e->held)
        return resume_mend(e->held, fd);
    return fd == STDOUT_FILENO || output_empty(fd);
}

static void check_lines(const struct resume *r, const char *option,
                        const struct line_source_place *place)
{
    if (r->path && place->is_end && r->last > place->line)
        output_complain("%s %s has a result of line %llu, but the inputs end with line %llu: are "
                        "these the same inputs?",
                        option, r->path, (unsigned long long)r->last,
                        (unsigned long long)place->line);
}

void earlier_results_check_lines(const struct earlier_results *e,
                                 const struct line_source_place *place)
{
    check_lines(&e->resume, "--resume", place);
    check_lines(&e->retry, "--retry", place);
}

bool earlier_results_keep_last(const struct earlier_results *e, int fd)
{
    const struct resume *held = e->held;
    if (!held || fd == STDOUT_FILENO || (!held->has_older && held->again.count == 0))
        return true;
    const char *problem = last_results_keep(held->path, fd);
    if (problem)
        output_complain("cannot remove older results from %s: %s; the last result of a line counts",
                        held->path, problem);
    return !problem;
}
