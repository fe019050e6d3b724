"One thread a process: the tests run in several processes, and so do their kernels."
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"): os.environ.setdefault(name, "1")


def pytest_addoption(parser):
    try: parser.addoption("--whole", action="store_true", help="run the long tests in full")
    except ValueError: pass                                         # already there
