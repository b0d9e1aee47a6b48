// Counts heap allocations, for a program that links this: its `malloc` stands in for the C library's.
//
// Only for measuring and testing; nothing that is shipped links it. Where the C library is not glibc
// nothing is counted, and `allocations_are_counted` says so.
#pragma once

/// Whether allocations are counted here.
int allocations_are_counted(void);

/// Allocations by the calling thread since it began.
long allocations_of_thread(void);

/// Allocations by all threads since the program began.
long allocations_of_process(void);
