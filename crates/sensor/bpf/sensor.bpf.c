// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// The programs of the sensor. The kernel lends the helpers that read its memory only to programs that say GPL.
#include "sockets.h"
#include "tasks.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
