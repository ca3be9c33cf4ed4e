/* Leaves one result for each line in a file to which a batch has added results of lines that it ran
 * again. */
#ifndef FLOW_BATCH_LAST_RESULTS_H
#define FLOW_BATCH_LAST_RESULTS_H

/* Keeps the last result of each line. fd is the file at path, open and complete. The new file takes
 * the place of the old one as a whole. NULL, or why not (static or strerror): the file is then as
 * it was. */
const char *last_results_keep(const char *path, int fd);

#endif
