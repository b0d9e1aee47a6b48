#include "tightrope.h"
