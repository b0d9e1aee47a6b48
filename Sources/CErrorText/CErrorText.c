#include "CErrorText.h"

#include <string.h>

static _Thread_local char error_text[4096];
static _Thread_local char remark_text[1024];

static void set(char *to, size_t size, const char *text) {
    strncpy(to, text, size - 1);
    to[size - 1] = '\0';
}

void error_text_set(const char *text) { set(error_text, sizeof error_text, text); }

const char *error_text_get(void) { return error_text; }

void remark_text_set(const char *text) { set(remark_text, sizeof remark_text, text); }

const char *remark_text_get(void) { return remark_text; }
