"""A folder of results is whole, or it is told what in it is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import engine
from engine.errors import DamagedError
from engine.results.stores.manifest import MANIFEST
from tests.results.stores.same_files import contents

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
PLAIN = {"run.json", "plan.json", "journal.jsonl", "npv.csv"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a study without a report, as `insats run` leaves them."""
    folder = tmp_path_factory.mktemp("run") / "out"
    engine.run_to_folder(CONFIGS / "two_state", folder, draws=70_000, report=False)
    return folder


@pytest.fixture
def copy(results: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(results, tmp_path / "out"))


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    path.write_bytes(content)


def test_what_is_written_is_whole_and_is_read(results: Path) -> None:
    found = engine.verify_results(results)
    assert (found.damage, found.finished) == ((), True)
    assert found.files == sum(path.is_file() for path in results.rglob("*")) - 1
    assert engine.load_findings(results).results.sizes["draw"] == 70_000


def test_any_flipped_bit_is_found_and_nothing_damaged_is_read(copy: Path) -> None:
    rng = np.random.default_rng(20261124)
    files = sorted(path for path in copy.rglob("*") if path.is_file() and path.name != MANIFEST and path.stat().st_size)
    chosen = {files[k] for k in rng.choice(len(files), 46, replace=False)} | {copy / name for name in PLAIN}
    for path in chosen:
        whole = path.read_bytes()
        flip(path, int(rng.integers(8 * len(whole))))
        (damage,) = engine.verify_results(copy).damage
        assert damage.path == path.relative_to(copy).as_posix()
        with pytest.raises(DamagedError, match="other content"):
            engine.load_findings(copy)
        path.write_bytes(whole)
    assert engine.verify_results(copy).damage == ()


@pytest.mark.parametrize("name", ["results.zarr/results/npv/c/1/0/0/1", "journal.jsonl", "plan.json", "run.json"])
@pytest.mark.parametrize("harm", ["missing", "cut", "link"])
def test_a_file_that_is_missing_or_cut_or_a_link_is_named(copy: Path, tmp_path: Path, name: str, harm: str) -> None:
    path = copy / name
    whole = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(whole[:-1])
    elif harm == "link":
        (tmp_path / "elsewhere").write_bytes(whole)
        path.symlink_to(tmp_path / "elsewhere")
    (damage,) = engine.verify_results(copy).damage
    assert damage.path == name
    if "npv" in name and harm != "link":
        assert damage.what.endswith("(npv of 'wary', chunk 1: draws 65 536 to 69 999)")
    with pytest.raises(DamagedError, match=f"damaged: {name}"):
        engine.load_findings(copy)


def test_two_chunks_that_have_changed_places_are_found(copy: Path) -> None:
    folder = copy / "results.zarr" / "results" / "npv" / "c"
    one, two = folder / "0" / "0" / "0" / "0", folder / "1" / "0" / "0" / "0"
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)
    found = [damage.path for damage in engine.verify_results(copy).damage]
    assert found == [path.relative_to(copy).as_posix() for path in (one, two)]


def test_a_file_that_nobody_wrote_is_found_inside_the_store_and_left_alone_beside_it(copy: Path) -> None:
    (copy / "notes.txt").write_text("mine")
    assert engine.verify_results(copy).damage == ()
    (copy / "results.zarr" / "results" / "npv" / "c" / "9").write_text("who?")
    (damage,) = engine.verify_results(copy).damage
    assert damage.what.startswith("is not of this run")


def test_a_manifest_that_was_edited_is_told(copy: Path) -> None:
    content = json.loads((copy / MANIFEST).read_text())
    name = "results.zarr/results/npv/c/0/0/0/0"
    content["files"][name][0] += 1
    (copy / MANIFEST).write_text(json.dumps(content))
    for ask in (engine.verify_results, engine.load_findings, engine.rerun_results):
        with pytest.raises(DamagedError, match=r"MANIFEST\.json was changed"):
            ask(copy)
    (copy / MANIFEST).write_text("{")
    with pytest.raises(DamagedError, match="cannot be read"):
        engine.verify_results(copy)


def test_results_without_a_manifest_are_unfinished(copy: Path) -> None:
    (copy / MANIFEST).unlink()
    with pytest.raises(DamagedError, match="unfinished"):
        engine.load_findings(copy)
    assert not engine.verify_results(copy).finished
    assert engine.show_results(copy).finished is False


def test_a_run_mends_what_is_damaged_and_computes_nothing_else(copy: Path, results: Path) -> None:
    flip(copy / "results.zarr" / "results" / "npv" / "c" / "0" / "0" / "0" / "1", 99)
    (copy / "npv.csv").unlink()
    said: list[str] = []
    engine.run_to_folder(CONFIGS / "two_state", copy, draws=70_000, report=False, tell=said.append)
    assert contents(copy) == contents(results)
    assert said[0].startswith("1 of 2 chunks")
    assert said[1] == "Going on from 65 536 of 70 000 draws."


def test_chunks_come_out_again_bit_by_bit_and_a_change_that_hides_from_the_manifest_does_not(
    copy: Path, results: Path
) -> None:
    import zarr

    from engine.results.stores.manifest import read_manifest, write_manifest

    assert [(c.chunk, c.start, c.stop, c.different) for c in engine.rerun_results(results)] == [
        (0, 0, 65_536, ()),
        (1, 65_536, 70_000, ()),
    ]
    array = zarr.open_array(copy / "results.zarr" / "results" / "cost", mode="r+")
    array[1, 0, 0, 65_540] = np.nextafter(float(array[1, 0, 0, 65_540]), np.inf)
    about, _ = read_manifest(copy)
    write_manifest(copy, about)
    assert engine.verify_results(copy).damage == ()
    (found,) = engine.rerun_results(copy, block=1)
    assert found.different == ("cost",)


def test_a_replayed_draw_has_the_figures_that_the_run_kept(results: Path) -> None:
    npv = engine.load_findings(results).results["npv"]
    for draw in (0, 1234, 69_999):
        names, replays = engine.replay_draw(results, draw)
        for replay in replays:
            kept = npv.sel(calculation=replay.calculation).isel(draw=draw)
            for q, party in enumerate(names["parties"]):
                ours = replay.npv[0, q]
                assert float(kept.sel(party=party).item()) == pytest.approx(ours, rel=1e-12, abs=1e-6)
            np.testing.assert_allclose(replay.occupancy.sum(axis=1), 1.0, atol=1e-12)
            for k, s in np.ndindex(replay.occupancy.shape[:2]):  # whoever comes or goes is counted among those who move
                state = names["states"][s]
                comes = sum(replay.moved[k, m] for m, (_, target) in enumerate(replay.moves) if target == state)
                goes = sum(replay.moved[k, m] for m, (source, _) in enumerate(replay.moves) if source == state)
                between = np.diff(replay.occupancy[k, s])
                np.testing.assert_allclose((comes - goes)[: between.size], between, atol=1e-12)
    assert replays[0].transitions["out_of_work -> at_work (probability)"] == (0.25, 0.25, 0.25)
    # with the coach, whose ratio is 2 in the first year and in `hopeful`
    np.testing.assert_allclose(replays[0].moved[:, 0, 0], [0.25, 0.5], rtol=1e-15)


def test_results_survive_netcdf(results: Path, tmp_path: Path) -> None:
    findings = engine.load_findings(results)
    path = engine.export_findings(findings, tmp_path / "new" / "x.nc")
    assert [p.name for p in path.parent.iterdir()] == ["x.nc"]
    with xr.open_dataset(path, group="results", engine="h5netcdf") as found:
        xr.testing.assert_equal(found["npv"].load(), findings.results["npv"])
        assert found["npv"].attrs["units"] == "SEK/participant"
        assert found.attrs["key"] == findings.provenance["key"]
    with xr.open_dataset(path, engine="h5netcdf") as found:
        assert json.loads(found.attrs["provenance"]) == findings.provenance


def test_a_file_that_cannot_be_finished_leaves_the_older_one(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.nc").write_text("older")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", full)
    with pytest.raises(OSError, match="No space"):
        engine.export_findings(engine.load_findings(results), tmp_path / "x.nc")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"x.nc": "older"}
