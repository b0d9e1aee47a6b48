/*
 * Lets the Python package run with glibc 2.34: of all that it holds, only the mathematics that Swift's
 * runtime brings along asks for 2.35, by this one function. No result depends on it.
 */
#include <math.h>

/* Squares of floats are exact in doubles, and neither overflow nor vanish there. */
float hypotf(float x, float y) { return (float)sqrt((double)x * x + (double)y * y); }
