// What the processor can do, asked once at start-up.
#pragma once

/// Whether processor and operating system can run the kernels built for AVX2 (`haswell`).
_Bool processor_supports_avx2(void);

/// Whether processor and operating system can run the kernels built for AVX-512
/// (`skylake-avx512`).
_Bool processor_supports_avx512(void);

/// Processors that this process may use, at least 1: those that `taskset` and schedulers leave it, where
/// the system says.
long processors_allowed(void);
