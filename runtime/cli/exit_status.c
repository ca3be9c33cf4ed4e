#include "cli/exit_status.h"

#include <assert.h>

int exit_status_of(enum run_status status)
{
    switch (status) {
    case RUN_ENDED:
        return STATUS_ENDED;
    case RUN_FAILED:
        return STATUS_FAILED;
    case RUN_FAULTED:
        return STATUS_FAULTED;
    case RUN_CANCELLED:
        return STATUS_INTERRUPTED;
    }
    assert(false && "a run that is not over");
    return STATUS_FAULTED;
}
