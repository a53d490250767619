/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of facts.def, so that facts can be read from a report: `explain --facts FILE`. */
#include "plan/facts.h"

#define TABLE_DEF "plan/facts.def"
#include "libocispec/table_rows.h"
