"""How loops written in Python become machine code: every numba switch, with its reason.

Models themselves are not compiled by numba (`machine.py`); what serves every model alike is: designs, quantiles, sums.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.kernel import caches

SWITCHES: dict[str, Any] = {
    # Threads run blocks side by side; without the lock they scale.
    "nogil": True,
    # The default raises ZeroDivisionError and loses the block; a status per draw says more.
    "error_model": "numpy",
    # Not fastmath: reassociation would make results depend on the CPU, and drops isnan. Costs 3-5 %.
    "fastmath": False,
    # Not cache: numba's own cannot be believed where a file is cut short (EOFError at every start, numba 0.68), and
    # lies in the source tree. `compiled` keeps code in the user's folder instead.
    "cache": False,
}


_log = logging.getLogger(__name__)
_TOLD_AFTER = 1.5
"""Seconds of compiling after which a user is told why nothing happens."""


class News:
    """That loops are being compiled, told once a process and only where it takes a while."""

    _told = False

    def __init__(self, after: float = _TOLD_AFTER) -> None:
        self._after = after
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        self.end()
        self._timer = threading.Timer(self._after, self._tell)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @staticmethod
    def _tell() -> None:
        if not News._told:
            News._told = True
            _log.info("Compiling loops; they are kept for the next time")


def compiled(function: Callable[..., Any]) -> Any:
    """A decorator: the function compiled by numba at its first call, once on a machine and not once a process.

    It, and all compiled functions that it calls, must stand in `engine/kernel`: a change anywhere in that folder makes
    everything anew. Compiling takes 0.3-3 s, reading what is kept some 20 ms a function, so what calls
    compiled functions is best compiled in one piece.
    """
    import numba

    result = numba.njit(**SWITCHES)(function)
    result._cache = _kept(function)  # where numba's own `cache=True` puts its own
    return result


def _kept(function: Callable[..., Any]) -> Any:
    from numba.core import caching
    from numba.core.compiler import CompileResult
    from numba.core.runtime import rtsys
    from numba.core.serialize import dumps

    code = function.__code__
    closure = dumps(tuple(cell.cell_contents for cell in function.__closure__ or ()))
    name = f"{function.__module__}.{function.__qualname__}".replace("<", "").replace(">", "")

    news = News()

    def place(signature: Any, codegen: Any) -> Path | None:
        where = caches.folder("loops")
        key = hashlib.sha256(code.co_code + closure)
        # not marshal's bytes of the code, which differ by who else refers to its names
        written = (code.co_filename, code.co_firstlineno, code.co_names, code.co_varnames)
        key.update(f"{written} {numba_version} {codegen.magic_tuple()} {signature}".encode())
        return where and where / f"{name}-{key.hexdigest()[:32]}"

    class Kept(caching.NullCache):  # type: ignore[misc]
        """What numba asks before it compiles, and tells after."""

        def load_overload(self, signature: Any, target_context: Any) -> Any:
            path = place(signature, target_context.codegen())
            content = path and caches.read(path)
            if content:
                # What finished code links to. numba's own refreshes the whole context, 0.3 s of loading what only
                # compiling needs, and compiling does so itself.
                rtsys.initialize(target_context)
                with contextlib.suppress(Exception):  # of a numba that packs it in another way
                    return CompileResult._rebuild(target_context, *pickle.loads(content))
            news.begin()
            return None

        def save_overload(self, signature: Any, result: Any) -> None:
            news.end()
            path = place(signature, result.codegen)
            if path is not None and not result.library.has_dynamic_globals:
                caches.write(path, dumps(result._reduce()))

    from numba import __version__ as numba_version

    return Kept()
