#include "CErrorText.h"

#include <string.h>

static _Thread_local char error_text[4096];

void error_text_set(const char *text) {
    strncpy(error_text, text, sizeof error_text - 1);
    error_text[sizeof error_text - 1] = '\0';
}

const char *error_text_get(void) { return error_text; }
