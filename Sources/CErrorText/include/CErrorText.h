// The texts of the last call of each thread: its error, and its remark on a figure.
#pragma once

/// Copies a text; what does not fit is cut off.
void error_text_set(const char *text);

/// The text of this thread, "" at first. Valid until the thread sets another.
const char *error_text_get(void);

/// Copies a text; what does not fit is cut off.
void remark_text_set(const char *text);

/// The text of this thread, "" at first. Valid until the thread sets another.
const char *remark_text_get(void);
