/* `flowrun test`: the tests of a program, offline. */
#ifndef FLOW_CLI_COMMAND_TEST_H
#define FLOW_CLI_COMMAND_TEST_H

/* words: FILE.flowb and what follows it. Returns the exit status: 0 all passed, 1 some did not or
 * too few outcomes were taken, 2 misuse. */
int command_test(int count, char **words);

#endif
