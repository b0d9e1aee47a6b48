/*
 * Tightrope inside a C program: train a sampler on a density of your own, and draw from it.
 *
 *     make && ./embed          (by pkg-config; see CMakeLists.txt for CMake)
 */
#include <math.h>
#include <stdio.h>
#include <tightrope.h>

/* Two bumps on a line through the plane: log rho of `count` points, up to a constant. */
static int32_t two_bumps(const float *x, size_t count, float *log_density, float *score,
                         void *payload)
{
    const double distance = *(const double *)payload;
    size_t row;
    (void)score; /* value only */
    for (row = 0; row < count; row++) {
        const double left = x[2 * row] + distance, right = x[2 * row] - distance;
        const double height = x[2 * row + 1];
        log_density[row] = (float)(log(exp(-0.5 * left * left) + exp(-0.5 * right * right)) -
                                   0.5 * height * height);
    }
    return TIGHTROPE_OK;
}

/* What training tells: one JSON object for every recorded step. */
static int32_t show(const char *event, void *payload)
{
    (void)payload;
    printf("%s\n", event);
    return TIGHTROPE_OK;
}

int main(void)
{
    double distance = 2.0;
    const char *config = "{\"steps\": 60, \"batch_size\": 64, \"seed\": 0, \"report_every\": 20}";
    const tightrope_listener listener = {show, NULL, NULL};
    tightrope_density *density = NULL;
    tightrope_run *run = NULL;
    tightrope_draws *draws = NULL;
    size_t row;
    int failed;

    failed = tightrope_density_from_callback(&density, 2, two_bumps, 0, &distance, NULL);
    if (!failed && tightrope_run_open(&run, density, "{\"stepz\": 60}") != TIGHTROPE_OK)
        printf("a bad configuration: %s\n", tightrope_last_error());
    failed = failed || tightrope_run_open(&run, density, config) ||
             tightrope_run_train(run, &listener) ||
             tightrope_run_sample(&draws, run, 1000, 1, NULL);
    if (failed)
        fprintf(stderr, "tightrope: %s\n", tightrope_last_error());
    else
        printf("tightrope %s: %zu draws, checksum %s\n", tightrope_version(),
               tightrope_draws_count(draws), tightrope_draws_checksum(draws));
    for (row = 0; !failed && row < 3; row++)
        printf("%8.3f %8.3f\n", tightrope_draws_x(draws)[2 * row],
               tightrope_draws_x(draws)[2 * row + 1]);
    tightrope_draws_close(draws);
    tightrope_run_close(run);
    tightrope_density_close(density);
    return failed ? 1 : 0;
}
