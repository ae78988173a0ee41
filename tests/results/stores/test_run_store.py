"""Chunks of a run on disk: what is stored is found again, what is damaged is not, and one process writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
import zarr

from engine.errors import LockedError, UsageError
from engine.results.kept import labelled
from engine.results.stores.arrays import create_kept
from engine.results.stores.files import content_of
from engine.results.stores.manifest import find_damage
from engine.results.stores.plan import Plan
from engine.results.stores.run_store import RunStore, noted_entries, run_store
from engine.run.job import ChunkResult, Job, Layout
from engine.spec.schema.study import CHUNK
from engine.versions import NUMBERS, code_hash, platform_name, versions

CALCULATIONS = ("a", "b")
Opened = Callable[..., AbstractContextManager[RunStore]]


def job_of(draws: int, *, keep: int = CHUNK, design: str = "monte_carlo") -> Job:
    return Job(CALCULATIONS, draws=draws, seed=1, design=design, keep=keep, paths=10)


def plan_of(job: Job, **changed: object) -> Plan:
    about = {
        "study": "s",
        "key": "k",
        "seed": job.seed,
        "draws": job.draws,
        "chunk": CHUNK,
        "keep": job.keep,
        "paths": job.paths,
        "design": job.design,
        "reject": False,
        "calculations": job.calculations,
        "versions": versions(("numpy",)),
        "code": code_hash(NUMBERS),
        "platform": platform_name(),
        "study_file": "study.yaml",
        "study_files": {"study.yaml": "study: s\n"},
    }
    return Plan(**{**about, **changed})  # type: ignore[arg-type]


def result_of(job: Job, chunk: int) -> ChunkResult:
    """Numbers that depend on draw and place only, as those of a run do."""
    span = job.span(chunk)
    draws = np.arange(span.start, span.stop)
    record = {
        "draws": np.array(draws.size),
        "valid": np.full(2, draws.size),
        "saving": np.full((2, 1, 3, 4), chunk + 0.25),
    }
    if chunk >= job.kept_chunks:
        return ChunkResult({}, record | {"npv_bins": np.full((2, 5), chunk, dtype=np.uint32)})
    kept = {
        "cost": np.arange(12.0).reshape(2, 2, 3, 1) + draws,
        "npv": np.arange(10.0).reshape(2, 1, 5, 1) - draws,
        "horizon": np.arange(2.0).reshape(2, 1) + draws,
        "status": np.zeros((2, draws.size), dtype=np.int64),
    }
    if paths := job.paths_in(chunk):
        kept["cumulative"] = np.arange(40.0).reshape(2, 1, 5, 4, 1) + draws[:paths]
    return ChunkResult(kept, record)


def layout_of(job: Job) -> Callable[[int], tuple[Layout, Layout]]:
    def layout(chunk: int) -> tuple[Layout, Layout]:
        kept, record = (
            {name: (x.dtype.type, x.shape) for name, x in arrays.items()} for arrays in result_of(job, chunk)
        )
        return kept, record

    return layout


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """The store of a job in the folder `out`; what it told is in its attribute `told`."""

    @contextmanager
    def open_store(
        job: Job, *, said: list[str] | None = None, plan: Plan | None = None, **how: str
    ) -> Iterator[RunStore]:
        tell = (lambda text: None) if said is None else said.append
        with run_store(
            tmp_path / "out",
            plan or plan_of(job),
            own=(0, 1),
            layout=layout_of(job),
            tell=tell,
            **how,  # type: ignore[arg-type]
        ) as store:
            yield store

    return open_store


def fill(store: RunStore, job: Job, chunks: range | list[int] | None = None) -> None:
    for chunk in range(job.chunks) if chunks is None else chunks:
        store.store(chunk, result_of(job, chunk))


def finish(store: RunStore, folder: Path) -> None:
    def write(part: Path) -> None:
        (part / "run.json").write_text('{"study": "s", "key": "k", "versions": {}}')

    store.finish(folder, write)


def assert_same(found: ChunkResult | None, expected: ChunkResult) -> None:
    assert found is not None
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.keys() == theirs.keys()
        for name, x in theirs.items():
            assert ours[name].dtype == x.dtype, name
            np.testing.assert_array_equal(ours[name], x, err_msg=name)


def test_chunks_come_back_as_they_were_stored_in_whatever_order(opened: Opened) -> None:
    job = job_of(3 * CHUNK + 100, keep=2 * CHUNK)
    with opened(job) as store:
        fill(store, job, [2, 0, 3, 1])
        assert list(store.present()) == [0, 1, 2, 3]
        for chunk in range(4):
            assert_same(store.existing(chunk), result_of(job, chunk))
        assert store.existing(4) is None


def test_a_store_left_in_the_middle_has_what_was_stored(opened: Opened) -> None:
    job, said = job_of(3 * CHUNK + 100), list[str]()
    with opened(job) as store:
        fill(store, job, [0, 2])
    with opened(job, said=said) as store:
        assert list(store.present()) == [0, 2]
        assert_same(store.existing(2), result_of(job, 2))
    assert said == ["Going on from 131 072 of 196 708 draws."]


def test_a_store_in_which_nothing_was_stored_leaves_no_trace(opened: Opened, tmp_path: Path) -> None:
    with opened(job_of(100)):
        assert (tmp_path / "out.part").is_dir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["missing", "cut", "flipped"])
def test_a_damaged_chunk_is_computed_again_and_the_others_are_kept(opened: Opened, tmp_path: Path, harm: str) -> None:
    job, said = job_of(3 * CHUNK, keep=3 * CHUNK), list[str]()
    with opened(job) as store:
        fill(store, job)
    file = tmp_path / "out.part" / "results.zarr" / "results" / "npv" / "c" / "1" / "0" / "0" / "1"
    if harm == "missing":
        file.unlink()
    else:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content if harm == "flipped" else content[:-3])
    with opened(job, said=said) as store:
        assert list(store.present()) == [0, 2]
        fill(store, job, [1])
        assert_same(store.existing(1), result_of(job, 1))
    assert said[0].startswith("1 of 3 chunks")


def test_a_chunk_that_is_damaged_while_the_run_goes_on_is_not_taken_for_whole(opened: Opened, tmp_path: Path) -> None:
    job = job_of(CHUNK)
    with opened(job) as store:
        fill(store, job)
        file = next((tmp_path / "out.part" / "results.zarr" / "results" / "cost" / "c").rglob("0"))
        file = file if file.is_file() else next(p for p in file.rglob("*") if p.is_file())
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        assert store.existing(0) is None
        assert list(store.present()) == []


def test_a_finished_run_grows_and_keeps_its_whole_chunks(opened: Opened, tmp_path: Path) -> None:
    short, long, said = job_of(2 * CHUNK + 500), job_of(4 * CHUNK), list[str]()
    with opened(short) as store:
        fill(store, short)
        finish(store, tmp_path / "out")
    with opened(long, said=said) as store:
        assert list(store.present()) == [0, 1]
        fill(store, long, [2, 3])
        for chunk in range(4):
            assert_same(store.existing(chunk), result_of(long, chunk))
    assert said == ["Going on from 131 072 of 262 144 draws."]


def test_a_run_shorter_than_a_chunk_gives_nothing_to_a_longer_one(opened: Opened, tmp_path: Path) -> None:
    short, long = job_of(500), job_of(CHUNK)
    with opened(short) as store:
        fill(store, short)
        finish(store, tmp_path / "out")
    with opened(long) as store:
        assert list(store.present()) == []
    with opened(short) as store:
        assert list(store.present()) == [0]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"key": "other"}, "another study"),
        ({"code": "other"}, "another state"),
        ({"versions": {**versions(("numpy",)), "numpy": "0.1"}}, "numpy"),
        ({"platform": "Plan 9 mips"}, "Plan 9 mips"),
    ],
)
def test_draws_that_could_be_other_bits_are_not_gone_on_from(
    opened: Opened, changed: dict[str, object], why: str
) -> None:
    job, said = job_of(CHUNK + 1), list[str]()
    with opened(job, plan=plan_of(job, **changed)) as store:
        fill(store, job, [0])
    with opened(job, said=said) as store:
        assert list(store.present()) == []
    assert len(said) == 1
    assert why in said[0]


def test_a_latin_hypercube_cannot_grow_but_can_be_gone_on_from(opened: Opened) -> None:
    short, long = (job_of(n * CHUNK, design="latin_hypercube") for n in (2, 3))
    with opened(short) as store:
        fill(store, short, [0])
    with opened(short) as store:
        assert list(store.present()) == [0]
    with opened(long) as store:
        assert list(store.present()) == []


def test_going_on_can_be_demanded_and_forbidden(opened: Opened) -> None:
    job = job_of(2 * CHUNK)
    with pytest.raises(UsageError, match="nothing to go on from"), opened(job, resume="must"):
        pass
    with opened(job) as store:
        fill(store, job, [1])
    with opened(job, resume="must") as store:
        assert list(store.present()) == [1]
    with opened(job, resume="never") as store:
        assert list(store.present()) == []


def test_a_second_writer_is_refused_and_harms_nothing(opened: Opened) -> None:
    job = job_of(2 * CHUNK)
    with opened(job) as store:
        fill(store, job, [0])
        with pytest.raises(LockedError, match="writes here"), opened(job):
            pass
        fill(store, job, [1])
        assert_same(store.existing(0), result_of(job, 0))


def test_a_folder_with_the_name_of_an_unfinished_run_that_holds_something_else_is_left_alone(
    opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "out.part").mkdir()
    (tmp_path / "out.part" / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match=r"thesis\.docx"), opened(job_of(10)):
        pass
    assert [p.name for p in (tmp_path / "out.part").iterdir()] == ["thesis.docx"]


def test_a_journal_cut_at_any_byte_costs_at_most_its_last_chunk(opened: Opened, tmp_path: Path) -> None:
    from engine.results.stores.journal import JOURNAL

    job = job_of(2 * CHUNK)
    with opened(job) as store:
        fill(store, job)
    journal = tmp_path / "out.part" / JOURNAL
    whole = journal.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for end in [last, last + 1, (last + len(whole)) // 2, len(whole) - 1]:
        journal.write_bytes(whole[:end])
        with opened(job) as store:
            # without its last end of a line the entry is whole, and counts
            assert list(store.present()) == ([0, 1] if end == len(whole) - 1 else [0])
            fill(store, job, [chunk for chunk in (0, 1) if chunk not in store.present()])
        assert journal.read_bytes() == whole


def test_a_finished_run_tells_nothing_of_the_order_in_which_it_was_done(opened: Opened, tmp_path: Path) -> None:
    from tests.results.stores.same_files import contents

    job = job_of(3 * CHUNK + 7, keep=2 * CHUNK)
    with opened(job) as store:
        fill(store, job)
        finish(store, tmp_path / "out")
    straight = contents(tmp_path / "out")
    with opened(job, resume="never") as store:
        fill(store, job, [3, 1])
    with opened(job) as store:
        fill(store, job, [2, 0])
        finish(store, tmp_path / "out")
    assert contents(tmp_path / "out") == straight
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_zarr_reads_what_is_written_and_the_last_file_is_filled_up(opened: Opened, tmp_path: Path) -> None:
    job = job_of(CHUNK + 100, keep=2 * CHUNK)
    with opened(job) as store:
        fill(store, job)
        for name in ("cost", "npv", "status"):
            array = zarr.open_array(store.part / "results.zarr" / "results" / name, mode="r+")
            whole = np.concatenate([labelled(result_of(job, k).kept, (0, 1))[name] for k in range(2)], axis=-1)
            np.testing.assert_array_equal(array[...], whole)
            assert array.dtype == whole.dtype
            array.resize((*array.shape[:-1], 2 * CHUNK))  # what lies beyond the last draw was never computed
            assert np.all(np.isnan(array[..., CHUNK + 100 :]) if name != "status" else array[..., CHUNK + 100 :] == -1)


def test_files_have_the_bytes_that_zarr_writes(opened: Opened, tmp_path: Path) -> None:
    job = job_of(100)
    with opened(job) as store:
        fill(store, job)
        (values,) = (x for name, x in labelled(result_of(job, 0).kept, (0, 1)).items() if name == "npv")
        theirs = create_kept(tmp_path / "theirs", "npv", values.shape, values.dtype)
        theirs[...] = values
        ours = store.part / "results.zarr" / "results" / "npv"
        files = [p.relative_to(ours) for p in ours.rglob("*") if p.is_file() and p.name != "zarr.json"]
        assert len(files) == 2
        for file in files:
            assert (ours / file).read_bytes() == (tmp_path / "theirs" / "results" / "npv" / file).read_bytes()


def test_the_journal_tells_what_is_in_the_files(opened: Opened) -> None:
    job = job_of(CHUNK + 100)
    with opened(job) as store:
        fill(store, job)
        entries = noted_entries(store.part)
        assert [entry.chunk for entry in entries] == [0, 1]
        for entry in entries:
            for name, content in entry.files.items():
                assert content_of(store.part / name) == content


def test_the_manifest_vouches_for_chunks_as_they_were_written(opened: Opened, tmp_path: Path) -> None:
    job = job_of(100)
    with opened(job) as store:
        fill(store, job)
        harmed = next(
            p for p in (store.part / "results.zarr" / "results" / "cost" / "c" / "0").rglob("0") if p.is_file()
        )
        harmed.write_bytes(b"")
        finish(store, tmp_path / "out")
    assert [(d.path, d.what.split()[0]) for d in find_damage(tmp_path / "out")] == [
        (harmed.relative_to(tmp_path / "out.part").as_posix(), "has")
    ]
