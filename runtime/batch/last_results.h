/* Leaves one result for each line in a file to which a batch has added results of lines that it ran
 * again. */
#ifndef FLOW_BATCH_LAST_RESULTS_H
#define FLOW_BATCH_LAST_RESULTS_H

/* Keeps the last result of each line. fd is the file at path, open and complete. A new file
 * replaces the old one atomically. Returns NULL, or the reason of a failure (static or strerror),
 * which leaves the file unchanged. */
const char *last_results_keep(const char *path, int fd);

#endif
