"""LLVM: from its language to machine code in memory, kept between processes.

Not through numba, whose cache cannot hold what is not Python: kept code is there after 10 ms instead of 0.4-3 s, and a
process that finds its model compiled never loads numba (0.5 s).
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from engine.kernel import caches

_log = logging.getLogger(__name__)
_TOLD_AFTER = 2.0
"""Seconds of compiling after which a user is told why nothing happens."""
_LEVEL = 3


class Target(NamedTuple):
    """The processor to compile for."""

    cpu: str
    """LLVM's name of it; empty for any of its architecture."""
    features: str
    """Separated by commas, each after + or -."""


class Code(NamedTuple):
    """Machine code in memory, there as long as the object is."""

    engine: Any
    """LLVM's hold on the memory."""

    def address(self, name: str) -> int:
        """Of a function."""
        return int(self.engine.get_function_address(name))


@cache
def host() -> Target:
    """This processor."""
    llvm = _llvm()
    return Target(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


def compiled(key: str, source: Callable[[], str], target: Target, *, rewrite: bool = True) -> Code:
    """The functions of a module, from what is kept or compiled now.

    Parameters
    ----------
    key : everything that the module's text depends on, beside the code of this folder.
    source : gives the text, in LLVM's language.
    rewrite : whether LLVM may rewrite its language before it chooses instructions; the bits are the same.
    """
    llvm = _llvm()
    where = caches.folder("models")
    versions = f"{llvm.llvm_version_info} {target} {_LEVEL} {rewrite}\n"
    path = where and where / hashlib.sha256((versions + key).encode()).hexdigest()
    content = path and caches.read(path)
    if not content:
        slow = threading.Timer(_TOLD_AFTER, _tell)
        slow.daemon = True
        slow.start()
        try:
            content = _object_code(source(), target, rewrite=rewrite)
        finally:
            slow.cancel()
        if path is not None:
            caches.write(path, content)
    return _load(content, target)


def _tell() -> None:
    _log.info("Compiling the model; it is kept for the next time")


@cache
def _llvm() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def _machine(target: Target) -> Any:
    # the large code model costs nothing measurable, and constants and functions may lie anywhere
    return (
        _llvm()
        .Target.from_default_triple()
        .create_target_machine(
            cpu=target.cpu, features=target.features, opt=_LEVEL, reloc="static", codemodel="large", jit=True
        )
    )


def _object_code(source: str, target: Target, *, rewrite: bool) -> bytes:
    llvm, machine = _llvm(), _machine(target)
    module = llvm.parse_assembly(source)
    module.triple = llvm.get_default_triple()
    module.data_layout = str(machine.target_data)
    if rewrite:
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=_LEVEL))
        builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _load(content: bytes, target: Target) -> Code:
    llvm = _llvm()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(target))
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(content))
    engine.finalize_object()
    return Code(engine)
