/*
 * tightrope.h: learn to sample from an unnormalised density.
 *
 * The life of a program:
 *
 *     tightrope_density *density = NULL;
 *     tightrope_run *run = NULL;
 *     tightrope_draws *draws = NULL;
 *     if (tightrope_density_open(&density, "25gmm", NULL) != TIGHTROPE_OK ||
 *         tightrope_run_open(&run, density, "{\"steps\": 500, \"seed\": 0}") != TIGHTROPE_OK ||
 *         tightrope_run_train(run, NULL) != TIGHTROPE_OK ||
 *         tightrope_run_sample(&draws, run, 1000, 1, NULL) != TIGHTROPE_OK)
 *         fprintf(stderr, "%s\n", tightrope_last_error());
 *     tightrope_draws_close(draws);
 *     tightrope_run_close(run);
 *     tightrope_density_close(density);
 *
 * Conventions
 * - Every function that can fail returns a status: TIGHTROPE_OK (0) or a negative code, and then
 *   tightrope_last_error() holds one sentence about it for the calling thread. A status of a
 *   callback (any non-zero value of its own) is returned unchanged by the call that ran it.
 * - Out-parameters come first and are written on success only (handles are set to NULL on failure).
 * - Objects are opaque handles. Whatever opens or loads one has a matching close; closing NULL
 *   does nothing. A handle may be used from any thread; different handles are independent. A run does
 *   one thing at a time: a second call, from another thread or from a callback of the first, fails and
 *   says so. Closing a density that a run still uses is safe. A handle that was closed, or is of
 *   another kind, is told from a good one: calls with it fail with TIGHTROPE_ERROR_SHAPE, and closing it
 *   does nothing.
 * - After fork() the child may use all that it has, unless another thread of the parent was inside a call.
 * - Arrays are dense and row-major. A batch of `count` points of dimension `dimension` is
 *   count * dimension floats.
 * - Configurations, events and reports are JSON text in UTF-8. NULL stands for "{}".
 * - The library never prints and never ends the process.
 * - A callback returns: no C++ exception, longjmp or pthread_exit may leave it.
 * - The same configuration and seed give the same bits for any number of threads and any supported
 *   processor. TIGHTROPE_NUM_THREADS and TIGHTROPE_ISA (avx512, avx2, portable) are read once, at
 *   the first call.
 *
 * Stability: additive only. Functions and codes are never removed or changed in meaning within a
 * major version.
 */
#ifndef TIGHTROPE_H
#define TIGHTROPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIGHTROPE_VERSION_MAJOR 0
#define TIGHTROPE_VERSION_MINOR 1
#define TIGHTROPE_VERSION_PATCH 0

/* Statuses. Others may be added between these; any negative value is a failure. */
enum {
    TIGHTROPE_OK = 0,
    TIGHTROPE_ERROR_UNKNOWN = -1,    /* a failure without a better code */
    TIGHTROPE_ERROR_CONFIG = -10,    /* a configuration: unknown key or name, wrong type or value */
    TIGHTROPE_ERROR_SHAPE = -20,     /* an argument: null, wrong size, count or dimension */
    TIGHTROPE_ERROR_IO = -30,        /* a file: missing, unreadable, damaged, disk full */
    TIGHTROPE_ERROR_NUMERICAL = -40, /* a NaN or an infinity where a finite number must be */
    TIGHTROPE_ERROR_CANCELLED = -50, /* stopped by request; what was done so far is kept */
    TIGHTROPE_ERROR_BUDGET = -51,    /* a function or a training has spent what its limits allow */
    TIGHTROPE_ERROR_TIMEOUT = -2     /* a function took longer than its limits allow */
};

/* An unnormalised log-density: built in, or given by a callback. */
typedef struct tightrope_density tightrope_density;
/* A training run: configuration, networks, optimiser, history. */
typedef struct tightrope_run tightrope_run;
/* Points drawn from a run, with their log-weights, or by chains. */
typedef struct tightrope_draws tightrope_draws;

/*
 * A log-density of the caller's: writes log rho(x) (nats, up to a constant) of `count` points to
 * `log_density`, and, where `score` is not NULL, its gradient at each point (count * dimension).
 * Returns 0, or a code of its own that stops the run and is returned to the caller.
 * It may be called from several threads, but never by two at the same time.
 */
typedef int32_t (*tightrope_log_density)(
    const float *x, size_t count, float *log_density, float *score, void *payload);

/* The same for densities of conditions: conditions[i] is the number of the one that point i goes with. */
typedef int32_t (*tightrope_conditional_log_density)(
    const float *x, const int32_t *conditions, size_t count, float *log_density, float *score,
    void *payload);

/*
 * What a long call tells and asks. Either function may be NULL; both are called on the thread
 * that made the call. A non-zero result stops the call at the next safe point, and is its status.
 */
typedef struct tightrope_listener {
    /* One event as a JSON object, for example {"event": "step", "step": 10, "loss": 3.1, ...}. */
    int32_t (*event)(const char *json, void *payload);
    /* Asked several times a second: shall the call go on (0)? */
    int32_t (*poll)(void *payload);
    void *payload;
} tightrope_listener;

/* One array that goes into or comes out of a named function: float64, row-major. */
typedef struct tightrope_array {
    double *data;
    size_t rank;
    size_t shape[4];
} tightrope_array;

/* ---- Library ---------------------------------------------------------------------------- */

/* The version, for example "0.1.0". Valid for ever. */
const char *tightrope_version(void);

/* What went wrong in this thread's last failed call; "" if none. Valid until its next call. */
const char *tightrope_last_error(void);

/* Where and how the library runs, as JSON: version, instruction set, threads. */
int32_t tightrope_environment(char **out);

/*
 * The names in a family, as a JSON array of strings. Families: "densities", "objectives",
 * "networks", "processes", "methods", "metrics", "families".
 */
int32_t tightrope_names(char **out, const char *family);

/*
 * One entry of a family, as a JSON object: name, summary, default configuration, references,
 * and for densities the dimension, abilities and log normalizer where known.
 */
int32_t tightrope_describe(char **out, const char *family, const char *name);

/*
 * Whom calls of this thread ask that take no listener, while they train what a density is made of: a decoder,
 * a classifier, a language model, critics. Only `poll` is asked. The struct is copied; NULL for none.
 */
void tightrope_set_thread_listener(const tightrope_listener *listener);

/* Frees a text that the library gave through a `char **`. */
void tightrope_text_free(char *text);

/* ---- Densities -------------------------------------------------------------------------- */

/* Opens a built-in density by name with a configuration of its own. */
int32_t tightrope_density_open(tightrope_density **out, const char *name, const char *config);

/*
 * Wraps a callback. `has_score` says whether it fills `score`; a value-only density trains with
 * everything that needs no gradient. `destroy` (or NULL) is called with `payload` once, when the
 * last user of the density is gone; not where this call fails.
 */
int32_t tightrope_density_from_callback(
    tightrope_density **out, size_t dimension, tightrope_log_density callback, int32_t has_score,
    void *payload, void (*destroy)(void *payload));

/*
 * Wraps a function that many threads call at the same time, each with points of its own: one that keeps no
 * state, takes no lock, and says of a point what depends on that point only.
 */
int32_t tightrope_density_from_function(
    tightrope_density **out, size_t dimension, tightrope_log_density function, int32_t has_score,
    void *payload, void (*destroy)(void *payload));

/*
 * Wraps a callback for the densities rho(x | c) of `condition_count` conditions, one sampler for all. A sampler
 * sees `features`, condition_count * condition_dimension numbers, which are copied; the first `training_count`
 * conditions are for training, and the others, if any, for evaluation.
 */
int32_t tightrope_density_from_conditional_callback(
    tightrope_density **out, size_t dimension, tightrope_conditional_log_density callback,
    int32_t has_score, const float *features, size_t condition_count, size_t condition_dimension,
    size_t training_count, void *payload, void (*destroy)(void *payload));

/*
 * Opens a density that is made of another one: "affine", "whitened", "positive", "tempered". The
 * configuration is the one of tightrope_density_open without "base" and "base_settings". The new
 * density keeps what it needs of `base`, which may be closed before it.
 */
int32_t tightrope_density_wrap(
    tightrope_density **out, const char *name, const tightrope_density *base, const char *config);

/*
 * The same function within limits: a density of from_callback, from_function or from_conditional_callback,
 * which may be closed before the new one. `config`, where 0 stands for no limit:
 *   {"batch": 64,         points in one call at most
 *    "calls": 100000,     points to evaluate in all; beyond it calls fail with TIGHTROPE_ERROR_BUDGET
 *    "cache": 1000,       points whose values are remembered
 *    "timeout": 5.0,      seconds that a call may take
 *    "failure": "raise",  or "reject": points that fail have a density of zero, or "replace": they have
 *    "value": -1e3}       this log rho, and a score of zero
 * A failure is a status of the function, a call that takes too long, a NaN or +inf; a batch that fails is halved
 * until the failing points are found. Passed on, a call that takes too long is TIGHTROPE_ERROR_TIMEOUT. It
 * cannot be ended: it goes on, with memory of its own, on a thread of its own until it returns, and later
 * calls do not wait for it. Where 32 of these have not returned, no more are made, whatever the policy.
 */
int32_t tightrope_density_limit(
    tightrope_density **out, const tightrope_density *density, const char *config);

/*
 * What a function with limits was asked so far, as JSON: "points" evaluated, "calls", points from the
 * cache ("cached"), points without a value ("failures") and calls that took too long ("timeouts").
 */
int32_t tightrope_density_usage(char **out, const tightrope_density *density);

/* Allows a function to be evaluated at so many more points than its limits say. */
int32_t tightrope_density_grant(const tightrope_density *density, size_t points);

int32_t tightrope_density_dimension(size_t *out, const tightrope_density *density);

/* The entry as of tightrope_describe, for this density. */
int32_t tightrope_density_describe(char **out, const tightrope_density *density);

/* log rho of `count` points into out[count]. */
int32_t tightrope_density_log_density(
    float *out, const tightrope_density *density, const float *x, size_t count, size_t dimension);

/* The gradient of log rho at `count` points into out[count * dimension]. */
int32_t tightrope_density_score(
    float *out, const tightrope_density *density, const float *x, size_t count, size_t dimension);

/*
 * log rho of `count` points into log_density[count] and, where `score` is not NULL, its gradient into
 * score[count * dimension]. `conditions` are the numbers of the points' conditions, or NULL.
 */
int32_t tightrope_density_evaluate(
    float *log_density, float *score, const tightrope_density *density, const float *x,
    const int32_t *conditions, size_t count, size_t dimension);

/*
 * Where `count` points are in the coordinates of the density that this one is made of ("affine",
 * "whitened", "positive"), into out[count * dimension]; of all others, the points as they are.
 */
int32_t tightrope_density_base_points(
    float *out, const tightrope_density *density, const float *x, size_t count, size_t dimension);

/* `count` exact samples into out[count * dimension], where the density has them. */
int32_t tightrope_density_sample(
    float *out, const tightrope_density *density, size_t count, uint64_t seed);

/*
 * Writes the trained model that a density has in it to one safetensors file, atomically, for its setting
 * "decoder" ("vae-posterior", "vae-posteriors") or "model" ("texts" of a file, "text-ending") to read in place
 * of the training. A model that waits to be asked for is trained first, and asks as tightrope_density_open does.
 */
int32_t tightrope_density_save_model(const tightrope_density *density, const char *path);

void tightrope_density_close(tightrope_density *density);

/* ---- Runs ------------------------------------------------------------------------------- */

/* A new, untrained run on a density. The configuration is checked here. */
int32_t tightrope_run_open(
    tightrope_run **out, const tightrope_density *density, const char *config);

/*
 * Loads a saved run (a file of tightrope_run_save, or a run folder). `density` may be NULL when the
 * run was trained on a built-in density. `config` may change what does not change the meaning
 * of what was saved: the number of steps, evaluation settings.
 */
int32_t tightrope_run_load(
    tightrope_run **out, const char *path, const tightrope_density *density, const char *config);

/*
 * Trains until the configured number of steps. Cancelled or failed, the run holds its last whole
 * step, and a further call goes on from there with the same bits as if never stopped.
 * With "out" in the configuration, checkpoints and metrics are written to that folder.
 */
int32_t tightrope_run_train(tightrope_run *run, const tightrope_listener *listener);

/*
 * The same within a budget, where 0 stands for no limit:
 *   {"energy_calls": 100000,  density evaluations in all, those of earlier training included
 *    "seconds": 60}           of this call
 * Training ends with TIGHTROPE_ERROR_BUDGET before the first step after so many evaluations, or in the
 * midst of a step, which is then left undone, when the time is up. A further call goes on.
 */
int32_t tightrope_run_train_within(
    tightrope_run *run, const char *budget, const tightrope_listener *listener);

/*
 * Changes the number of steps in all. What depends on it (the schedules of exploration and learning
 * rate) follows from the next step on.
 */
int32_t tightrope_run_extend(tightrope_run *run, size_t steps);

/* Draws `count` points. */
int32_t tightrope_run_sample(
    tightrope_draws **out, tightrope_run *run, size_t count, uint64_t seed,
    const tightrope_listener *listener);

/*
 * Draws `count` points as `config` says: {"steps": 200} for paths of other steps than in training,
 * {"conditions": [3, 5]} for the conditions of a conditional density that the points go with by turns.
 */
int32_t tightrope_run_draw(
    tightrope_draws **out, tightrope_run *run, size_t count, uint64_t seed, const char *config,
    const tightrope_listener *listener);

/*
 * Where the paths of `count` points are at some times from 0 to 1: the draws hold times * count points, time by
 * time, and tightrope_draws_report has the "times". At time 1 they are those of tightrope_run_draw. Log-weights
 * and log-densities are 0. `config`: {"steps": 200} as there.
 */
int32_t tightrope_run_paths(
    tightrope_draws **out, tightrope_run *run, size_t count, uint64_t seed, const char *config,
    const tightrope_listener *listener);

/*
 * Draws `count` points that have the density as their limit, whatever the run has not learned. `config`:
 * {"method": "importance"} keeps draws by weight, "independence" makes chains with draws as proposals,
 * "smc" weights and resamples paths on their way; with "chains", "steps", "proposals" (draws for
 * each that is kept) and "effective_share". Where the weights' tail is too heavy for that (Pareto k of 0.7
 * or more), it fails with TIGHTROPE_ERROR_NUMERICAL. The points are like those of tightrope_mcmc.
 */
int32_t tightrope_run_refine(
    tightrope_draws **out, tightrope_run *run, size_t count, uint64_t seed, const char *config,
    const tightrope_listener *listener);

/*
 * Evaluates the run: a JSON object with every figure, its interval, sample count, truth or noise
 * floor where known, and verdict. `config`: {"samples": 2000, "seed": 1, ...}.
 */
int32_t tightrope_run_evaluate(
    char **out, tightrope_run *run, const char *config, const tightrope_listener *listener);

/*
 * How likely points are under the run, by a flow that is fitted to its draws or, {"flow": "own"}, by the
 * probability flow of energy matching: a JSON object like that of tightrope_run_evaluate, with the
 * negative log-likelihood and the figures of the flow's own importance weights. `points`: float32, [count, D],
 * such as reference draws; NULL for exact samples of the density, if it has any. `config`: {"draws": 10000,
 * "samples": 1000, "divergence": "hutchinson", "matching": {"steps": 2000, ...}, ...}.
 */
int32_t tightrope_run_likelihood(
    char **out, tightrope_run *run, const float *points, size_t count, const char *config,
    const tightrope_listener *listener);

/*
 * Evaluates the run as above and writes one self-contained HTML page about it, atomically.
 * `provenance`: a JSON object of texts to be shown (command, machine, date), or NULL.
 */
int32_t tightrope_run_report(
    tightrope_run *run, const char *path, const char *config, const char *provenance,
    const tightrope_listener *listener);

/* The run as JSON: resolved configuration, steps done, checksum, energy calls, parameter count. */
int32_t tightrope_run_describe(char **out, const tightrope_run *run);

/* The recorded training history as a JSON array of the step events. */
int32_t tightrope_run_history(char **out, const tightrope_run *run);

/* Writes everything needed to sample and to go on training to one safetensors file, atomically. */
int32_t tightrope_run_save(const tightrope_run *run, const char *path);

void tightrope_run_close(tightrope_run *run);

/* ---- Chains ----------------------------------------------------------------------------- */

/*
 * Draws points from a density without training: by Markov chains, or by particles that go from a
 * Gaussian to the density. `config`: {"method": "hmc", "chains": 4, "draws": 1000, ...}, and beside
 * these the settings of the method, see tightrope_describe("methods", ...); {"condition": 3} says which
 * one of a density of conditions to draw from. The points are [chains, draws, dimension], chain by chain;
 * tightrope_draws_report judges them. All log-weights are 0.
 */
int32_t tightrope_mcmc(
    tightrope_draws **out, const tightrope_density *density, const char *config,
    const tightrope_listener *listener);

/* ---- Draws ------------------------------------------------------------------------------ */

/* The arrays belong to the draws and live until they are closed. */
size_t tightrope_draws_count(const tightrope_draws *draws);
size_t tightrope_draws_dimension(const tightrope_draws *draws);
/* Points, [count, dimension]. */
const float *tightrope_draws_x(const tightrope_draws *draws);
/* Importance log-weights log rho(x) + log P_B - log P_F, [count], nats. */
const double *tightrope_draws_log_weights(const tightrope_draws *draws);
/* log rho(x), [count], nats. */
const double *tightrope_draws_log_density(const tightrope_draws *draws);
/* The number of each point's condition, [n]; NULL for a density without conditions. */
const int32_t *tightrope_draws_conditions(const tightrope_draws *draws);
/* 16 hexadecimal digits over points and log-weights. Valid until the draws are closed. */
const char *tightrope_draws_checksum(const tightrope_draws *draws);
/*
 * What else is known, as JSON: checksum, energy and gradient calls; of chains also "chains", "draws",
 * acceptance, diagnostics of each coordinate, and "metrics" with verdicts.
 */
int32_t tightrope_draws_report(char **out, const tightrope_draws *draws);
void tightrope_draws_close(tightrope_draws *draws);

/* ---- Named functions -------------------------------------------------------------------- */

/*
 * Calls a function on arrays by its name, for example "objectives.trajectory-balance" or
 * "metrics.wasserstein-2". tightrope_describe("functions", name) states its inputs and outputs;
 * tightrope_names("functions") lists them. Output arrays are the caller's: right rank and shape,
 * data allocated.
 */
int32_t tightrope_call(
    const char *name, const char *config, const tightrope_array *inputs, size_t input_count,
    tightrope_array *outputs, size_t output_count);

/*
 * What the figure of this thread's last tightrope_call is worth, as JSON: "count" of the samples it
 * rests on, "floor" (what exact samples score, or null), "verdict" ("ok", "warn", "fail") and "reason".
 * "" where the function gives no such figure. Valid until the thread's next call.
 */
const char *tightrope_last_remark(void);

#ifdef __cplusplus
}
#endif

#endif
