"""README.md keeps its word: its commands exist, its example runs, and its excerpt is what a run prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from engine.cli import cli, invoke

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
COMMANDS = sorted(set(re.findall(r"`(insats [a-z][^`]*)`", README)))


def block(kind: str) -> str:
    found = [text for name, text in BLOCKS if name == kind]
    assert len(found) == 1
    return found[0]


def test_the_two_commands_stand_alone_on_a_line_each() -> None:
    run, test = (text.strip() for kind, text in BLOCKS if kind == "sh")
    start = "python3 -m venv .venv && .venv/bin/pip install -q "
    assert run == f"{start}. && .venv/bin/insats run configs/norrkoping"
    assert test == f"{start}'.[test]' && .venv/bin/python -m pytest"


@pytest.mark.parametrize("text", COMMANDS)
def test_every_command_named_exists_with_its_options(text: str) -> None:
    name, *arguments = shlex.split(text)[1:]
    with cli.make_context("insats", [name], resilient_parsing=True) as parent:
        command = cli.get_command(parent, name)
        assert command is not None, text
        if arguments:
            command.parse_args(click.Context(command, info_name=name, parent=parent), list(arguments))


def test_every_command_of_the_program_is_in_the_table() -> None:
    assert {f"insats {name}" for name in cli.commands} <= {" ".join(text.split()[:2]) for text in COMMANDS}


def test_every_file_linked_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_python_example_gives_what_its_comments_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "configs").symlink_to(ROOT / "configs", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    exec(compile(block("python"), "README.md", "exec"), {})
    out = capsys.readouterr().out
    society, *series = out.splitlines()
    assert float(society) == pytest.approx(65_200.0, abs=1e-6)
    shares = {line.split()[0]: float(line.split()[1]) for line in series if line.startswith(("horizon", "risk_ratio"))}
    assert shares == pytest.approx({"horizon": -49_200.0, "risk_ratio": -6_000.0}, abs=1e-6)
    assert (tmp_path / "results" / "two_state" / "report.html").is_file()


def test_the_excerpt_is_what_the_main_job_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert invoke(["run", "configs/norrkoping", "-q", "--no-report", "-o", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in block("text").splitlines() if line not in printed] == []
