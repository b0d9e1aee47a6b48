// The text of the last error of each thread.
#pragma once

/// Copies a text; what does not fit is cut off.
void error_text_set(const char *text);

/// The text of this thread, "" at first. Valid until the thread sets another.
const char *error_text_get(void);
