# ruff: noqa: INP001, S110, BLE001, ANN202
# Any interpreter of the user loads this file, Python 2 among them, and it may never disturb one.
"""Load the audit hook, leave no trace in ``sys.path``, and hand over to the sitecustomize that stands behind."""

import sys


def _start():
    # type: () -> None
    here = __file__.rpartition("/")[0]
    try:
        if hasattr(sys, "addaudithook"):
            import _doorward_hook  # type: ignore[import-not-found]  # noqa: PLC0415 - it needs audit hooks

            _doorward_hook.install()
    except Exception:
        pass
    ours = sys.modules.pop("sitecustomize", None)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401, PLC0415 - the user's own
    except ImportError:
        if ours is not None:
            sys.modules["sitecustomize"] = ours


_start()
