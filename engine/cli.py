"""Arguments -> api verbs -> exit code; no thinking.

Answers go to stdout, progress and complaints to stderr. What needs numerics is imported inside the commands, so that
`--help` and `check` answer at once.

Exit codes: 0 done, 1 a bug, 2 wrong usage, 3 invalid input, 4 done but a stated limit was missed, 5 refused for
resources, 6 another process writes there, 7 results unfinished or damaged, 8 workers lost, 129 hung up,
130 interrupted, 143 terminated, 141 where the reader of a pipe left before the end.
"""

from __future__ import annotations

import errno
import gc
import json
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, get_args

import click

from engine.errors import DamagedError, InsatsError, Problem, ResourceError, SpecError, UsageError
from engine.terminal.process import (
    NOTHING_LEFT,
    Stopped,
    going_on,
    leave_if_stopped,
    own_warnings_only,
    stopping_signals,
    tell_of_signal,
    watched,
)
from engine.vocabulary import SensitivityMethod

if TYPE_CHECKING:
    from engine.api import Settings
    from engine.results.findings import Findings
    from engine.results.stores.run_store import RunStore
    from engine.run.execute import Executor
    from engine.spec.load import LoadedStudy
    from engine.terminal.progress import BarOfProgress, LinesOfProgress

MISSED_LIMIT = 4
BROKEN_PIPE = 141
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
F = TypeVar("F", bound=Callable[..., Any])


def main() -> NoReturn:
    """What the command `insats` runs."""
    settle()
    code = invoke(sys.argv[1:])
    leave_if_stopped(code)
    # Python looks for garbage once more when it ends, among all that goes anyway: half a second after a large run.
    gc.freeze()
    sys.exit(code)


def settle() -> None:
    """What the command settles for its process before anything is loaded."""
    # What a start makes is modules and classes, which stay: looking among them for garbage took a tenth of the time.
    gc.set_threshold(50_000)
    # xarray loads dask when it is first given an array, 0.4 s, wherever dask is installed, and has no setting for it.
    # None there is the import system's own word for a module that cannot be had; `_executor` takes it back.
    sys.modules.setdefault("dask", None)  # type: ignore[arg-type]


def invoke(arguments: Sequence[str]) -> int:
    """Run a command line.

    Returns
    -------
    The exit code. Everything foreseen is told in a message; a bug prints its traceback and a request to report it.
    """
    as_json = "--json" in arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a character shows a question mark
            stream.reconfigure(errors="replace")
    try:
        with own_warnings_only(), stopping_signals():
            return int(cli.main(list(arguments), prog_name="insats", standalone_mode=False) or 0)
    except click.ClickException as e:
        e.show()
        return e.exit_code
    except InsatsError as e:
        if as_json:
            _print_json({"error": _as_data(e)})
        print(e, file=sys.stderr)
        return e.exit_code
    except MemoryError:
        print("Out of memory; ask for fewer draws, or close other programs.", file=sys.stderr)
        return ResourceError.exit_code
    except Stopped as e:
        return tell_of_signal(e.signal)
    except (KeyboardInterrupt, click.Abort):
        return tell_of_signal(signal.SIGINT)
    except SystemExit:
        # click's way of saying that whoever read the answer has seen enough, as in `insats run ... | head`.
        return BROKEN_PIPE
    except OSError as e:
        if e.errno in _DISK_FULL:
            print("The disk is full; nothing was written.", file=sys.stderr)
            return ResourceError.exit_code
        return _told_of_bug()
    except Exception:
        return _told_of_bug()


# ---------------------------------------------------------------- arguments


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"insats {version('insats')}")
        except PackageNotFoundError:
            click.echo("insats, run from its source and not installed")
        context.exit()


def _language(_: click.Context, __: click.Parameter, language: str) -> str:
    from engine.report.messages import Messages

    Messages(language)
    return language


def _names(_: click.Context, __: click.Parameter, text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _range(_: click.Context, __: click.Parameter, text: str | None) -> range | None:
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and (last.isdecimal() or not dash)) or int(last or first) < int(first):
        raise click.BadParameter(f"{text!r} is no range of blocks, such as 0-9")
    return range(int(first), int(last or first) + 1)


_study = click.argument("path", metavar="PATH", required=False, callback=lambda _, __, path: _named(path))
_results = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_seed = click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="S", help="Seed of all luck.")
_threads = click.option("--threads", type=click.IntRange(1, 4096), metavar="N", help="Processors used; all by default.")
_strategy = click.option("--strategy", metavar="I", help="Intervention; by default the first one.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
_quiet = click.option("-q", "--quiet", is_flag=True, help="Do not tell progress.")
_lang = click.option(
    "--language", default="en", show_default=True, metavar="LANG", callback=_language,
    help="Language of what is written: en or sv.",
)  # fmt: skip


def _draws(text: str) -> Callable[[F], F]:
    return click.option("-n", "--draws", type=click.IntRange(min=1), metavar="N", help=text)


def _named(path: str | None) -> Path:
    if path is None:
        raise click.UsageError(
            "Name a study: a folder with study.yaml in it, like configs/norrkoping. `insats init my_study` makes one."
        )
    return Path(path)


# ---------------------------------------------------------------- commands


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Why do calculations of the same social investment differ?

    A study is a folder with study.yaml. Begin with `insats init my_study`, then `insats run my_study`.
    """


@cli.command()
@_study
@click.option("--explain", "name", metavar="NAME", help="What stands behind a parameter, choice, definition or table.")
@click.option("--try", "tried", type=click.IntRange(min=1), metavar="N", help="Try N draws of each calculation too.")
@_json
def check(path: Path, name: str | None, tried: int | None, as_json: bool) -> None:
    """Find mistakes in a study, and say what it would run, and which analyses it would leave out and why.

    With --try, say which rules of the model draws break (rows over 1, say) and how many do, or could.

    With --explain, say of one NAME what it is, where it comes from, who sets it otherwise, and what uses it.
    """
    from engine.spec.load import load_study

    study = load_study(path)
    if name is not None:
        _explain(study, name, as_json=as_json)
        return
    from engine.spec.check_refusals import refused_analyses
    from engine.terminal.outline import outline, show_outline

    notes = [] if tried is None else _trial(study, tried)
    left_out = refused_analyses(study)
    found = outline(study, _default_folder(study))
    if as_json:
        _print_json({**found, "problems": [], "left_out": _as_rows(left_out), "notes": notes})
    else:
        show_outline(found, notes, left_out)


def _trial(study: LoadedStudy, draws: int) -> list[str]:
    """What the values themselves break, which is a mistake, and draws; where the run would stop, that is one too."""
    from engine.model.compile import compile_model
    from engine.run.trial import broken_by_values, told, try_draws

    model = compile_model(study)
    if problems := broken_by_values(model):
        raise SpecError(problems)
    broken = try_draws(model, draws=draws)
    if study.study.invalid_draws == "stop" and any(b.share > 0 for b in broken):
        raise SpecError(told(study, b) for b in broken if b.share > 0)
    return [str(told(study, b)) for b in broken] or [f"{draws} draws of each calculation keep to every rule."]


@cli.command()
@_study
@_draws("Draws per calculation; by default as the study says.")
@_seed
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Folder of results.")
@_threads
@click.option("--block-size", type=click.IntRange(min=1), metavar="N", help="Draws computed at a time.")
@click.option(
    "--scheduler",
    metavar="S",
    help="Compute on dask: `local`, `slurm`, tcp://HOST:PORT, tls://HOST:PORT or file:PATH of a running scheduler.",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes or jobs that --scheduler starts.")
@click.option("--resume", is_flag=True, help="Go on from an unfinished or a shorter run; refuse to begin one.")
@click.option(
    "--blocks", callback=_range, metavar="A-B", help="Do these blocks of draws only; `insats finish DIR` is to follow."
)
@click.option("--fresh", is_flag=True, help="Begin anew, whatever is there.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and do nothing.")
@click.option("--huge", is_flag=True, help="Allow more than a billion draws.")
@click.option("--force-disk", is_flag=True, help="Begin even if the disk may not hold the results.")
@click.option("--no-report", is_flag=True, help="Leave out the report and its figures.")
@_lang
@_json
@_quiet
def run(
    path: Path,
    draws: int | None,
    seed: int | None,
    output: Path | None,
    threads: int | None,
    block_size: int | None,
    scheduler: str | None,
    workers: int | None,
    resume: bool,
    blocks: range | None,
    fresh: bool,
    dry_run: bool,
    huge: bool,
    force_disk: bool,
    no_report: bool,
    language: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run a study and write its report.

    Simulates every calculation, explains why they differ, and analyses sensitivity as the study says. Results go to
    results/<study>-<key> unless -o says otherwise; older results there are replaced.

    A run that was stopped or killed goes on where it was with the same command; so does a longer run from a shorter.
    """
    from engine.results.folder import check_target
    from engine.spec.load import load_study
    from engine.terminal.lines import say

    if resume and fresh:
        raise click.UsageError("--resume goes on and --fresh begins anew; name one of them.")
    if blocks is not None and (resume or fresh or dry_run or scheduler is not None):
        raise click.UsageError("--blocks does not go with --resume, --fresh, --dry-run or --scheduler.")
    if workers is not None and scheduler not in ("local", "slurm"):
        raise click.UsageError("--workers is of --scheduler local and --scheduler slurm, which start them.")
    study = load_study(path)
    folder = output or _default_folder(study, seed)
    folder = folder if blocks is None else folder.with_name(folder.name.removesuffix(".part"))
    check_target(folder)
    from engine import api

    settings = _settings(threads, block_size)
    if dry_run:
        from engine.terminal.stored import forecast_data, show_forecast

        forecast = api.forecast_run(study, folder, draws=draws, seed=seed, huge=True, settings=settings)
        if as_json:
            _print_json(forecast_data(forecast))
        else:
            show_forecast(forecast)
        return 0
    command = _repeat(path, draws, seed, huge=huge)
    again = command if output is None else f"{command} -o {shlex.quote(str(output))}"
    again += "" if scheduler is None else f" --scheduler {shlex.quote(scheduler)}"
    again += "" if workers is None else f" --workers {workers}"
    if blocks is not None:
        again += f" --blocks {blocks.start}-{blocks.stop - 1}"
        with _stored_draws(again, quiet) as (how, _):
            done = api.run_blocks(study, folder, blocks, draws=draws, seed=seed, huge=huge, settings=settings, **how)
        if as_json:
            _print_json({"folder": str(folder), "draws": done})
        else:
            number = f"{done:,}".replace(",", " ")
            say(f"{number} draws are stored, those of the blocks {blocks.start} to {blocks.stop - 1}.")
            say(f"Next, when all are: insats finish {shlex.quote(str(folder))}")
        return 0
    with _executor(scheduler, workers, settings) as executor, _stored_draws(again, quiet) as (how, tell):
        first = _First(tell, as_json=as_json)
        findings = api.run_to_folder(
            study,
            folder,
            draws=draws,
            seed=seed,
            huge=huge,
            settings=settings,
            executor=executor,
            resume="must" if resume else ("never" if fresh else "if possible"),
            report=not no_report,
            language=language,
            command=command,
            force_disk=force_disk,
            summarized=first.show,
            **how,
        )
    written = folder if no_report else folder / "report.html"
    return _told_of_run(findings, study, path, written, first, as_json=as_json)


@cli.command()
@_results
@_threads
@click.option("--no-report", is_flag=True, help="Leave out the report and its figures.")
@_lang
@_json
@_quiet
def finish(folder: Path, threads: int | None, no_report: bool, language: str, as_json: bool, quiet: bool) -> int:
    """Finish a run whose blocks were done by several processes (`insats run --blocks`), and write its report."""
    import tempfile

    from engine import api
    from engine.spec.load import load_study

    again = f"insats finish {shlex.quote(str(folder))}"
    with _stored_draws(again, quiet) as (how, tell):
        first = _First(tell, as_json=as_json)
        findings = api.finish_run(
            folder,
            settings=_settings(threads, None),
            report=not no_report,
            language=language,
            summarized=first.show,
            **how,
        )
    folder = folder.with_name(folder.name.removesuffix(".part"))
    written = folder if no_report else folder / "report.html"
    with tempfile.TemporaryDirectory(prefix="insats-") as name:
        study = load_study(api.write_study(findings, Path(name) / "study"))
        return _told_of_run(findings, study, None, written, first, as_json=as_json)


@cli.command()
@_study
@click.argument("start", metavar="[FROM", required=False)
@click.argument("end", metavar="TO]", required=False)
@click.option("--perspective", metavar="P", help="Perspective or payer; `reported`: each calculation in its own.")
@_draws("Draws in which each mixture is computed; by default as the study says.")
@_strategy
@_seed
@_threads
@_json
@_quiet
def compare(
    path: Path,
    start: str | None,
    end: str | None,
    perspective: str | None,
    draws: int | None,
    strategy: str | None,
    seed: int | None,
    threads: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Why do two calculations differ?

    Which assumptions make them differ, and how much each: for all pairs, or FROM one TO another.
    """
    from engine.spec.load import load_study
    from engine.terminal.progress import progress

    study = load_study(path)
    names = [c.calculation for c in study.calculations]
    if start is not None and end is None:
        raise click.UsageError("Name two calculations, FROM and TO, or none for all pairs.")
    if start is not None and start == end:
        raise click.UsageError(f"{start} is named twice; name two calculations, FROM and TO.")
    for name in filter(None, (start, end)):
        _known("calculation", name, names)
    if len(names) < 2:
        raise UsageError(f"{path}: one calculation only, so there is nothing to compare.")
    _known_strategy(study, strategy)
    parties = [*study.model.perspectives, *study.model.payers, "reported"]
    party = _known("perspective or payer", perspective or study.study.headline, parties)
    from engine import api
    from engine.results.describe import describe
    from engine.terminal.answers import differences_data, show_differences

    with progress(quiet=quiet) as tell:
        model = api.compile_model(study)
        found = api.explain_differences(
            model,
            between=None if start is None or end is None else (start, end),
            strategy=strategy,
            draws=draws,
            seed=seed,
            settings=_settings(threads, None),
            progress=watched(tell),
        )
    about = describe(study, model.inputs)
    if as_json:
        _print_json({"study": about.study, "unit": "SEK/participant", "differences": differences_data(found, party)})
    else:
        show_differences(about, found, party)


@cli.command()
@_study
@click.option("--calculation", metavar="C", help="One calculation; by default all with something uncertain.")
@click.option("--method", type=click.Choice(get_args(SensitivityMethod)), default="sobol", show_default=True)
@click.option("--perspective", metavar="P", help="Perspective or payer; by default each calculation's own.")
@click.option("-n", "--size", type=click.IntRange(min=2), metavar="N", help="Size of the method's design.")
@click.option(
    "--choices",
    metavar="C,...",
    callback=_names,
    help="Choices varied beside the uncertain parameters, with commas between; `all` for every one.",
)
@click.option(
    "--groups",
    type=click.Choice(["themes"]),
    help="Count all of each theme as one: sobol, morris, shapley_effects, pawn. A study can name groups of its own.",
)
@click.option("--by", type=click.Choice(["payer", "year"]), help="Sobol' only: indices of each payer or each year.")
@click.option(
    "--precision",
    type=click.FloatRange(min=0, min_open=True, max=1),
    metavar="W",
    help="Sobol' only: double the design until every total index that matters is known to within W.",
)
@_strategy
@_seed
@_threads
@_json
@_quiet
def sensitivity(
    path: Path,
    calculation: str | None,
    method: str,
    perspective: str | None,
    size: int | None,
    choices: tuple[str, ...],
    groups: Literal["themes"] | None,
    by: Literal["payer", "year"] | None,
    precision: float | None,
    strategy: str | None,
    seed: int | None,
    threads: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """What drives the uncertainty in a calculation?"""
    from engine.spec.check_sensitivity import GROUPED
    from engine.spec.load import load_study
    from engine.terminal.progress import progress

    if precision is not None and (method != "sobol" or size is not None):
        raise click.UsageError("--precision is of the method sobol, and chooses the size of its design itself.")
    if by is not None and (method != "sobol" or precision is not None):
        raise click.UsageError("--by is of the method sobol, and does not go with --precision.")
    if groups is not None and (method not in GROUPED or by is not None or precision is not None):
        able = ", ".join(GROUPED)
        raise click.UsageError(f"--groups is of the methods {able}, and does not go with --by or --precision.")
    study = load_study(path)
    if calculation is not None:
        _known("calculation", calculation, [c.calculation for c in study.calculations])
    _known_strategy(study, strategy)
    if perspective is not None:
        _known("perspective or payer", perspective, [*study.model.perspectives, *study.model.payers])
    from engine import api
    from engine.results.describe import describe
    from engine.terminal.uncertainty import refinement_data, sensitivity_data, show_refinement, show_sensitivity

    with progress(quiet=quiet) as tell:
        wanted_choices = "all" if choices == ("all",) else choices
        model, told = api.compile_model(study, choices=wanted_choices), watched(tell)
        everyone = [c.calculation for c in study.calculations if choices or model.inputs.uncertain_in(c.calculation)]
        wanted = everyone if calculation is None else [calculation]
        how: dict[str, Any] = {
            "party": perspective,
            "strategy": strategy,
            "choices": wanted_choices,
            "seed": seed,
            "settings": _settings(threads, None),
        }
        found = []
        for k, name in enumerate(wanted):
            if by is not None:
                found.append(api.analyze_sensitivity_by(model, calculation=name, by=by, n=size, **how))
            elif precision is None:
                one = api.analyze_sensitivity(model, calculation=name, method=method, n=size, groups=groups, **how)
                found.append(one)
            else:
                found.append(api.refine_sensitivity(model, calculation=name, precision=precision, **how))
            told("sensitivity", k + 1, len(wanted))
    if not found:
        raise UsageError(f"{path}: no calculation has anything uncertain, so there is no sensitivity to analyse.")
    about, refined = describe(study, model.inputs), precision is not None
    if as_json:
        data = refinement_data if refined else sensitivity_data
        _print_json({"study": about.study, "analyses": [data(ds) for ds in found]})
    elif refined:
        show_refinement(about, found)
    else:
        show_sensitivity(about, found)
    return 0 if not refined or all(ds.attrs["reached"] for ds in found) else MISSED_LIMIT


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="By default DIR/report.html.")
@_lang
def report(folder: Path, output: Path | None, language: str) -> None:
    """Write the report again from results."""
    target = output or folder / "report.html"
    if target.is_dir():
        raise UsageError(f"{target}: is a folder; name a file with -o, such as {target / 'report.html'}")
    from engine import api
    from engine.terminal.lines import say

    with _writing(target):
        if output is None:
            api.rewrite_report(folder, language=language)
        else:
            api.write_report(api.load_findings(folder), target, language=language)
    say(f"Report: {target}")


@cli.command()
@_results
@_json
def show(folder: Path, as_json: bool) -> None:
    """Say what a folder of results is: study, key, draws, finished or not."""
    from engine import api
    from engine.terminal.stored import show_stored, stored_data

    about = api.show_results(folder)
    if as_json:
        _print_json(stored_data(about))
    else:
        show_stored(about)


@cli.command()
@_results
@_json
def verify(folder: Path, as_json: bool) -> int:
    """Compare every file of a folder of results with what was written; exit code 7 if any is damaged or missing."""
    from engine import api
    from engine.terminal.stored import show_verified, verified_data

    found = api.verify_results(folder)
    if as_json:
        _print_json(verified_data(found))
    else:
        show_verified(found)
    return DamagedError.exit_code if found.damage or not found.finished else 0


@cli.command()
@_results
@click.option("--block", type=click.IntRange(min=0), metavar="K", help="One block of draws; by default five at random.")
@_threads
@_json
@_quiet
def rerun(folder: Path, block: int | None, threads: int | None, as_json: bool, quiet: bool) -> int:
    """Compute blocks of draws again, from the study inside the results, and compare them bit by bit.

    Exit code 7 where any bit is another: the results were changed, or another machine or version makes other numbers.
    """
    from engine import api
    from engine.terminal.progress import progress
    from engine.terminal.stored import rerun_data, show_rerun

    with progress(quiet=quiet) as tell:
        found = api.rerun_results(folder, block=block, settings=_settings(threads, None), progress=watched(tell))
    if as_json:
        _print_json(rerun_data(found))
    else:
        show_rerun(found)
    return DamagedError.exit_code if any(chunk.different for chunk in found) else 0


@cli.command()
@_results
@click.argument("draw", metavar="K", type=click.IntRange(min=0))
@click.option("--calculation", metavar="C", help="One calculation; by default all.")
@_json
def draw(folder: Path, draw: int, calculation: str | None, as_json: bool) -> None:
    """Go through draw K again: inputs, rules that it breaks, values by cycle, figures.

    With --json, every cycle.
    """
    from engine import api
    from engine.terminal.lines import say
    from engine.terminal.stored import replay_data, show_replay

    shape, found = api.replay_draw(folder, draw, calculation=calculation)
    if as_json:
        _print_json({"draw": draw, "calculations": [replay_data(one, shape) for one in found]})
        return
    for k, one in enumerate(found):
        if k:
            say("")
        show_replay(one, shape)


@cli.command()
@_results
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="By default DIR.nc.")
def export(folder: Path, output: Path | None) -> None:
    """Write results as one netCDF-4 file, for R, Matlab and others."""
    from engine import api
    from engine.terminal.lines import say

    target = output or folder.with_name(f"{folder.name}.nc")
    if target.is_dir():
        raise UsageError(f"{target}: is a folder; name a file with -o, such as {target / 'results.nc'}")
    findings = api.load_findings(folder)
    with _writing(target):
        api.export_findings(findings, target)
    say(f"netCDF: {target}")


@cli.command()
@_study
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("model.svg"), show_default=True, metavar="FILE",
    help="SVG file to write.",
)  # fmt: skip
@_lang
def graph(path: Path, output: Path, language: str) -> None:
    """Draw the model: states, how people move, where the intervention acts.

    Nothing is simulated; how many people move follows from point values.
    """
    from engine.spec.load import load_study

    if output.is_dir():
        raise UsageError(f"{output}: is a folder; name a file with -o, such as {output / 'model.svg'}")
    study = load_study(path)
    from engine import api
    from engine.terminal.lines import say

    with _writing(output):
        api.draw_model(study, output, language=language)
    say(f"Figure: {output}")


@cli.command()
@click.argument("path", metavar="[STUDY]", required=False, type=click.Path(path_type=Path))
@_threads
@_json
def bench(path: Path | None, threads: int | None, as_json: bool) -> None:
    """Measure how fast a study runs on this machine.

    Without a STUDY, that of the example norrkoping. Takes some seconds; nothing is left on the disk.
    """
    from engine.examples import example_folder
    from engine.spec.load import load_study

    study = load_study(path or example_folder("norrkoping"))
    from dataclasses import asdict

    from engine.api.bench import measure
    from engine.terminal.bench import show_bench

    with _writing(Path.cwd()):
        found = asdict(measure(study, threads=threads))
    if as_json:
        _print_json(found)
    else:
        show_bench(found)


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--example",
    type=click.Choice(["two_state", "norrkoping"]),
    default="two_state",
    show_default=True,
    help="Study to begin from: the smallest that has everything, or a full one.",
)
def init(folder: Path, example: str) -> None:
    """Begin a study of your own from an example."""
    from engine.examples import copy_example
    from engine.terminal.lines import say

    with _writing(folder):
        copy_example(example, folder)
    say(f"Made {folder} from the example {example}. Its YAML files are yours to edit; editors complete them.")
    say(f"Next: insats check {shlex.quote(str(folder))}")


@cli.command()
@click.argument("kind", type=click.Choice(["study", "model", "calculation", "part"]))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="File to write.")
def schema(kind: str, output: Path | None) -> None:
    """Print the JSON Schema of a kind of file."""
    from engine.spec.json_schema import KINDS, schema_text

    text = schema_text(next(k for k in KINDS if k == kind))
    if output is None:
        click.echo(text, nl=False)
    else:
        with _writing(output):
            output.write_text(text, encoding="utf-8", newline="\n")


# ---------------------------------------------------------------- small things


def _default_folder(study: LoadedStudy, seed: int | None = None) -> Path:
    return Path("results") / f"{study.study.study}-{study.run_key(seed)}"


def _repeat(path: Path, draws: int | None, seed: int | None, *, huge: bool) -> str:
    """The command that gives the same numbers again."""
    options = [] if draws is None else ["-n", str(draws)]
    options += [] if seed is None else ["--seed", str(seed)]
    options += ["--huge"] if huge else []
    return shlex.join(["insats", "run", str(path), *options])


@contextmanager
def _executor(scheduler: str | None, workers: int | None, settings: Settings) -> Iterator[Executor | None]:
    from engine import api

    if scheduler is None:
        yield None
        return
    if sys.modules.get("dask") is None:
        sys.modules.pop("dask", None)  # hidden by `main`
    with api.on_cluster(scheduler, workers=workers, threads=settings.threads) as executor:
        yield executor


def _settings(threads: int | None, block_size: int | None) -> Settings:
    from engine.api import Settings

    return Settings(block=block_size) if threads is None else Settings(threads=threads, block=block_size)


def _known(what: str, name: str, names: Sequence[str]) -> str:
    """`name`, if it is one of `names`; a message with the nearest if not."""
    if name in names:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"No {what} {name!r}.{hint} There are: {', '.join(names)}.")


def _known_strategy(study: LoadedStudy, strategy: str | None) -> None:
    if strategy is not None:
        _known("intervention", strategy, [name for name, s in study.model.strategies.items() if not s.baseline])


def _explain(study: LoadedStudy, name: str, *, as_json: bool) -> None:
    from dataclasses import asdict

    from engine.spec.explain import explain
    from engine.terminal.explain import show_explanation

    found = explain(study, name)
    if as_json:
        _print_json(asdict(found))
    else:
        show_explanation(found)


class _First:
    """The first of an answer, shown as soon as it is known; what explains it may take a while."""

    def __init__(self, tell: BarOfProgress | LinesOfProgress | None, *, as_json: bool) -> None:
        self._tell, self._as_json = tell, as_json
        self._left: SystemExit | BrokenPipeError | None = None

    def show(self, findings: Findings) -> None:
        if self._as_json:
            return
        from engine.terminal.first import show_first

        try:
            with nullcontext() if self._tell is None else self._tell.aside():
                show_first(findings)
                sys.stdout.flush()
        except (SystemExit, BrokenPipeError) as e:  # of rich, and of `print`
            self._left = e  # whoever read the answer has seen enough, and still wants results

    def leave_if_nobody_reads(self) -> None:
        if self._left is not None:
            raise self._left


def _told_of_run(
    findings: Findings, study: LoadedStudy, path: Path | None, written: Path, first: _First, *, as_json: bool
) -> int:
    """Say the rest of what a run found, and return its exit code. `path` is of the study, if that is somewhere."""
    from engine import api
    from engine.terminal.answers import show_rest
    from engine.terminal.lines import say

    first.leave_if_nobody_reads()

    missed = api.missed_limits(study, findings)
    report = written if written.suffix else None
    if as_json:
        from engine.results.export import summary_json

        folder = written if report is None else written.parent
        about = {"folder": str(folder), "report": None if report is None else str(report), "missed_limits": missed}
        _print_json({**json.loads(summary_json(findings)), **about})
    else:
        show_rest(findings)
        say("")
        say(f"{'Results' if report is None else 'Report'}: {written}")
        if path is not None:
            say(f"Next: {_next(findings, path)}")
    for note in findings.notes:
        print(f"Note: {note}.", file=sys.stderr)
    for limit in missed:
        print(f"Limit missed: {limit}.", file=sys.stderr)
    return MISSED_LIMIT if missed else 0


def _next(findings: Findings, path: Path) -> str:
    if not findings.differences:
        return f"insats sensitivity {shlex.quote(str(path))}"
    from engine.analysis.differences import furthest_pair

    return f"insats compare {shlex.quote(str(path))} {' '.join(furthest_pair(findings.differences[0]))}"


@contextmanager
def _stored_draws(again: str, quiet: bool) -> Iterator[tuple[dict[str, Any], BarOfProgress | LinesOfProgress | None]]:
    """What a run on disk is told: whom to tell, and when to halt; a signal says how to go on, with `again`.

    Beside it, what shows progress."""
    from engine.terminal.progress import progress

    with progress(quiet=quiet) as tell:
        stored = _StoredDraws(again, tell)
        with going_on(stored.how, stored.leave) as halt:
            how = {
                "tell": lambda text: None if quiet else print(text, file=sys.stderr),
                "opened": stored.opened,
                "halt": halt,
                "progress": watched(tell),
            }
            yield how, tell


class _StoredDraws:
    """What is stored of a run, for progress and for the last words of a run that is stopped."""

    def __init__(self, again: str, tell: BarOfProgress | LinesOfProgress | None) -> None:
        self._again, self._tell = again, tell
        self._store: RunStore | None = None

    def opened(self, store: RunStore) -> None:
        self._store = store
        if self._tell is not None:
            self._tell.draws.found, self._tell.draws.invalid = store.found, lambda: store.invalid

    def leave(self) -> None:
        if self._store is not None:
            self._store.abandon()

    def how(self) -> str:
        """How to go on."""
        done = 0 if self._store is None else self._store.noted
        if self._store is None or not done:
            return NOTHING_LEFT
        total = self._store.plan.draws
        return f"after {done:,} of {total:,} draws; go on with: ".replace(",", " ") + self._again


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """What the disk refuses is told as such; a full disk is another matter, see `invoke`."""
    try:
        yield
    except OSError as e:
        if e.errno in _DISK_FULL:
            raise
        raise UsageError(f"{target}: cannot be written ({e.strerror or e})") from e


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def _as_data(error: InsatsError) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": type(error).__name__, "exit_code": error.exit_code, "message": str(error)}
    if isinstance(error, SpecError):
        data["problems"] = _as_rows(error.problems)
    return data


def _as_rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [
        {"file": p.path, "line": p.line, "column": p.column, "where": p.where, "message": p.message} for p in problems
    ]


def _told_of_bug() -> int:
    import traceback

    traceback.print_exc()
    print(
        "\nThis is a bug in insats and not in your study. Please report it with the lines above, the command that you "
        "gave and what `insats --version` says.",
        file=sys.stderr,
    )
    return 1
