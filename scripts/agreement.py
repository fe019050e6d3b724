"""Do the results of a rerun agree with those that are kept? The tolerances that `make reproduce-check` allows are stated here.

On one processor a rerun gives the same digits. On another, sums are taken in another order, and what is chaotic, or found by a
search that chance decides, comes out a little differently.
"""
import math
import re
from fnmatch import fnmatchcase

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
ROUNDING = 1e-6                      # below this a number is rounding error (residuals, distances to what is exact)

# (pattern of "experiment/path/in/the/results", allowed difference, why). The first that fits counts. The difference is relative to
# the larger of two numbers; None: not compared. Words must be the same; numbers within a text are compared like others.
TOLERANCES = [
    ("*/seconds*", None, "time"), ("*_seconds", None, "time"), ("*/time_ratio", None, "time"),
    ("*/machine", None, "where and when"), ("*/date", None, "where and when"),
    ("toy_map/*sampled/*", 0.2, "the points that a seed draws, and kernel PCA of them"),
    *((f"toy_map/closure, {m}*_to_*", None, "from or to one chaotic orbit, which is another after rounding")
      for m in ("Figure 5 map", "Lozi", "normal form")),
    ("neuron_recording/*_lower", None, "how far a proof gets in the time it has"),
    ("lorenz63/published_definition/*theirs*", None, "needs weights that are not ours"),
    ("lorenz63/*D_*", 0.2, "chaotic runs, which rounding sets apart"), ("lorenz63/*lyapunov", 0.03, "chaotic runs"),
    ("lorenz63/connections/*", 0.2, "searches among chaotic orbits"),
    ("duffing/sampled/delta*", None, "of the worst and the median of 300 states, far below 1"),
    ("duffing/sampled/*elta_sigma*", 0.02, "one state of 300 is 0.0033"), ("duffing/sampled/*", 0.5, "what one seed draws"),
    ("train_duffing/published/sampled*", 0.02, "one state of 300 is 0.0033"),
    *((f"ecg/{k}", None, "rounding takes a chaotic run past other cycles") for k in (
        "cycle*", "searched*", "homoclinic_steps", "transversality", "margin", "bits", "survives*")),
    ("ecg/lyapunov_per_second_error", None, "of a few runs"), ("ecg/* shift (ms)", None, "a difference"),
    ("ecg/misses/*", 0.2, "logarithms of ratios near 1"), ("ecg/generated/*", 0.05, "statistics of chaotic runs"),
    ("ecg/distances/*", 0.05, "the same"), ("ecg/lyapunov*", 0.05, "the same"),
    *((f"neuron_recording/driven/{k}", None, "how many locked rhythms a search of some seconds finds, and which is taken")
      for k in ("f_I*", "locked_rhythms", "rhythm", "current_pA", "strength_duration*", "stopping_pA*", "n_states", "firing*")),
    ("neuron_recording/driven/*", 0.2, "the same"),
    ("*", 0.02, "what was seen between processors"),
]


def allowed(path, tolerances=TOLERANCES):
    "The difference that the first fitting rule allows at `path`, or None."
    return next(size for pattern, size, _ in tolerances if fnmatchcase(path, pattern))


def differences(kept, again, path, tolerances=TOLERANCES):
    "Yield (path, kept, again) wherever two results (dicts, lists, numbers, texts) differ by more than is allowed."
    size = allowed(path, tolerances)
    if size is None: return
    if isinstance(kept, dict) and isinstance(again, dict):
        for key in sorted({**kept, **again}):
            if key in kept and key in again: yield from differences(kept[key], again[key], f"{path}/{key}", tolerances)
            elif allowed(f"{path}/{key}", tolerances) is not None:
                yield f"{path}/{key}", kept.get(key, "nothing"), again.get(key, "nothing")
    elif isinstance(kept, list) and isinstance(again, list) and len(kept) == len(again):
        for i, pair in enumerate(zip(kept, again)): yield from differences(*pair, f"{path}/{i}", tolerances)
    elif not _agree(kept, again, size): yield path, kept, again


def _agree(a, b, size):
    "Whether two entries are the same, to the relative difference `size`."
    if isinstance(a, str) and isinstance(b, str):
        x, y = NUMBER.findall(a), NUMBER.findall(b)
        return NUMBER.split(a) == NUMBER.split(b) and all(_agree(float(p), float(q), size) for p, q in zip(x, y))
    plain = (int, float)
    if type(a) in plain and type(b) in plain:
        return a == b or (a != a and b != b) or abs(a - b) <= max(size * max(abs(a), abs(b)), ROUNDING) and math.isfinite(a - b)
    return type(a) is type(b) and a == b
