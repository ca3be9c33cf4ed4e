/* `flowrun show`: what a compiled program is and what it wants, without running it. */
#ifndef FLOW_CLI_COMMAND_SHOW_H
#define FLOW_CLI_COMMAND_SHOW_H

/* words: FILE.flowb and options. Returns the exit status: 0, or 2 for misuse, for a file that is
 * refused, and for output that cannot be written. */
int command_show(int count, char **words);

#endif
