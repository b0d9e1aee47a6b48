/* Opens, trains, draws from, evaluates, saves, loads and closes over and over; prints by how many bytes the heap grew. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <tightrope.h>

static int destroyed = 0;

static int32_t log_density(const float *x, size_t count, float *log_density, float *score,
                           void *payload)
{
    (void)payload;
    for (size_t row = 0; row < count; row++) {
        const float u = x[2 * row], v = x[2 * row + 1];
        log_density[row] = -0.5f * (u * u + v * v);
        if (score) {
            score[2 * row] = -u;
            score[2 * row + 1] = -v;
        }
    }
    return TIGHTROPE_OK;
}

static void destroy(void *payload)
{
    free(payload);
    destroyed++;
}

static void check(int32_t status)
{
    if (status == TIGHTROPE_OK)
        return;
    fprintf(stderr, "%s\n", tightrope_last_error());
    exit(1);
}

static void cycle(const char *path)
{
    tightrope_density *function = NULL, *density = NULL;
    tightrope_run *run = NULL, *loaded = NULL;
    tightrope_draws *draws = NULL;
    char *text = NULL;
    check(tightrope_density_from_callback(&function, 2, log_density, 1, malloc(100), destroy));
    check(tightrope_density_limit(&density, function, "{\"cache\": 20, \"timeout\": 60}"));
    check(tightrope_run_open(&run, density,
                             "{\"steps\": 2, \"batch_size\": 10, \"process\": {\"steps\": 4},"
                             " \"network\": {\"width\": 16}}"));
    check(tightrope_run_train(run, NULL));
    check(tightrope_run_sample(&draws, run, 200, 1, NULL));
    check(tightrope_run_evaluate(&text, run, "{\"samples\": 50}", NULL));
    check(tightrope_run_save(run, path));
    check(tightrope_run_load(&loaded, path, function, NULL));
    tightrope_text_free(text);
    tightrope_draws_close(draws);
    tightrope_run_close(loaded);
    tightrope_run_close(run);
    tightrope_density_close(density);
    tightrope_density_close(function);
    /* A failure leaves nothing either. */
    if (tightrope_run_open(&run, NULL, "{\"steps\": -1}") == TIGHTROPE_OK)
        exit(2);
}

static size_t in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

int main(int count, char **words)
{
    const int cycles = atoi(words[count - 2]);
    for (int i = 0; i < 50; i++)
        cycle(words[count - 1]);
    const size_t before = in_use();
    for (int i = 0; i < cycles; i++)
        cycle(words[count - 1]);
    printf("%ld\n", (long)in_use() - (long)before);
    return destroyed != cycles + 50;
}
