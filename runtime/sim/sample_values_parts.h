/* What the files of samples share. */
#ifndef FLOW_SIM_SAMPLE_VALUES_PARTS_H
#define FLOW_SIM_SAMPLE_VALUES_PARTS_H

#include "sim/sample_values.h"

/* A text that probably matches the regular expression. The caller owns it. */
struct value sample_values_of_pattern(const char *pattern);

#endif
