"""The ``probanda`` command.  Nothing slow is imported here: each command's module is loaded when that command runs."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from errno import EDQUOT, EFBIG, EIO, ENOSPC
from importlib import import_module
from typing import NamedTuple, cast

AS_EXPECTED, DIFFERS, FAILED, NOTHING = 0, 1, 2, 5
"""Exit codes: every verdict as expected; some verdict differs; usage or internal error; nothing selected."""


class Command(NamedTuple):
    """A command: the module with its ``run(args) -> exit code``, its line in the help, and what adds its arguments."""

    module: str
    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]


def _selection(p: argparse.ArgumentParser) -> None:
    p.add_argument("targets", nargs="*", metavar="FILE|NAME", help="files or folders of contracts, or names of claims")
    p.add_argument("-k", dest="pattern", metavar="PATTERN", help="only claims whose name contains or matches PATTERN")


def _limits(p: argparse.ArgumentParser) -> None:
    p.add_argument("-j", "--jobs", metavar="N", help="worker processes (default: one for each processor)")
    p.add_argument("--timeout", metavar="SECONDS", help="for one solver on one obligation")
    p.add_argument("--memory", metavar="MB", help="for one solver process")
    p.add_argument("--solver", action="append", dest="solvers", metavar="NAME", help="only this solver (repeatable)")


def _lock_file(p: argparse.ArgumentParser) -> None:
    p.add_argument("--lock-file", metavar="PATH", help="the ledger's file (default: obligations.lock)")


def _format(p: argparse.ArgumentParser, *names: str) -> None:
    p.add_argument("--output-format", choices=names or ("text", "json", "jsonl"), default="text")


def _prove(p: argparse.ArgumentParser) -> None:
    _selection(p)
    _limits(p)
    p.add_argument("--two-solvers", action="store_true", default=None, help="a second solver must agree (tier 2)")
    p.add_argument("--no-cache", action="store_false", default=None, dest="use_cache", help="ask the solvers anew")
    p.add_argument("--lock", choices=("write", "check"), help="write the ledger, or compare it with what is proved now")
    _lock_file(p)
    _format(p)


def _list(p: argparse.ArgumentParser) -> None:
    _selection(p)
    _format(p)


def _explain(p: argparse.ArgumentParser) -> None:
    p.add_argument("name", metavar="NAME|CODE", help="a claim, an axiom, or the code of an error")
    _lock_file(p)


def _axioms(p: argparse.ArgumentParser) -> None:
    p.add_argument("name", nargs="?", metavar="NAME", help="one axiom, with the claims that fall with it")
    _lock_file(p)
    _format(p, "text", "json")


def _audit(p: argparse.ArgumentParser) -> None:
    p.add_argument("--compare", metavar="OLD", help="an earlier ledger; fail if there are axioms that it has not")
    _lock_file(p)


def _replay(p: argparse.ArgumentParser) -> None:
    _selection(p)
    _limits(p)
    p.add_argument("--two-solvers", action="store_true", default=None, help="a second solver must agree (tier 2)")
    _lock_file(p)
    _format(p)


def _smt(p: argparse.ArgumentParser) -> None:
    p.add_argument("name", metavar="NAME", help="a claim, or CLAIM/OBLIGATION")
    p.add_argument("--run", metavar="SOLVER", help="give exactly this text to a solver and print its answer")
    p.add_argument(
        "--encoding", type=int, default=1, metavar="N", help="the Nth way of putting it, where there are several"
    )
    p.add_argument("--timeout", metavar="SECONDS", help="for the solver")
    p.add_argument("--memory", metavar="MB", help="for the solver")


def _cache(p: argparse.ArgumentParser) -> None:
    p.add_argument("action", nargs="?", choices=("show", "clear"), default="show")
    p.add_argument("--cache-dir", metavar="PATH")


def _sizes(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--sizes", metavar="NAME=N,...", action="append", help="give symbolic sizes a value: batch=1,sequence=128"
    )


def _align(p: argparse.ArgumentParser) -> None:
    p.add_argument("before", metavar="A", help="an ONNX model, or a graph as text (*.graph)")
    p.add_argument("after", metavar="B", help="the model that should compute the same")
    p.add_argument(
        "--match", action="append", metavar="NEW=OLD", help="an input or output of B and its name in A (repeatable)"
    )
    _sizes(p)
    p.add_argument(
        "--reading", choices=("real", "ieee", "bits"), default="real", help="where they must be equal (default: real)"
    )
    p.add_argument("--save", metavar="DIR", help="where a difference is written (default: A-vs-B)")
    p.add_argument("--timeout", metavar="SECONDS", help="for one solver on one obligation")
    p.add_argument("--memory", metavar="MB", help="for one solver process")
    p.add_argument("--solver", action="append", dest="solvers", metavar="NAME", help="only this solver (repeatable)")
    p.add_argument("--two-solvers", action="store_true", default=None, help="a second solver must agree (tier 2)")
    p.add_argument("-v", "--verbose", action="store_true", help="every matched value")
    _format(p, "text", "json", "jsonl", "junit", "sarif", "github", "markdown")


def _check(p: argparse.ArgumentParser) -> None:
    p.add_argument("model", metavar="MODEL", help="an ONNX model, or a graph as text (*.graph)")
    p.add_argument("--runs", metavar="N", default="5", help="random inputs to run it on (default: 5)")
    _sizes(p)
    p.add_argument("--timeout", metavar="SECONDS", help="for one solver on one obligation")
    _lock_file(p)
    p.add_argument("-v", "--verbose", action="store_true", help="every operator and every disagreement")
    _format(p, "text", "json", "markdown")


COMMANDS = {
    "prove": Command("prove", "prove claims and compare the verdicts with the expected ones", _prove),
    "align": Command("align", "show that two models compute the same, or inputs on which they differ", _align),
    "check": Command("check", "check a model, run it against its meaning, and say which claims apply", _check),
    "list": Command("list", "list the claims", _list),
    "explain": Command("explain", "explain a claim, an axiom or the code of an error", _explain),
    "axioms": Command("axioms", "list the axioms and how many claims fall with each", _axioms),
    "audit": Command("audit", "examine the ledger; with --compare, fail on new axioms", _audit),
    "replay": Command("replay", "prove everything anew and fail on any difference from the ledger", _replay),
    "smt": Command("smt", "print the script of a claim, or run exactly that script", _smt),
    "cache": Command("cache", "show or clear the cache of solver answers", _cache),
}


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="probanda",
        description="Proof obligations for machine-learning systems, discharged and ledgered.",
        epilog="Exit codes: 0 as expected, 1 some verdict differs, 2 usage or internal error, 5 nothing selected.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="store_true", help="print the version and those of the solvers")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            allow_abbrev=False,
        )
        command.arguments(sub)
    return top


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code."""
    code = run(sys.argv[1:] if argv is None else argv)
    gc.freeze()  # what is left goes with the process, and need not be looked through once more
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run the command line ``argv``; the exit code."""
    top = parser()
    try:
        args = top.parse_args(argv)
    except SystemExit as stop:  # argparse has printed why
        return stop.code if isinstance(stop.code, int) else FAILED
    if args.version:
        name = "version"
    elif args.command is None:
        top.print_help(sys.stderr)
        return FAILED
    else:
        name = COMMANDS[args.command].module
    from .ir.errors import GraphError
    from .obligations.language.diagnostics import ContractError

    gc.set_threshold(
        100_000, 20, 100
    )  # terms are kept to the end: there is little to collect, and much to look through
    try:
        module = import_module(f".commands.{name}", __package__)
        code = cast("Callable[[argparse.Namespace], int]", module.run)(args)
        sys.stdout.flush()
    except ContractError as error:
        print(error.render(), file=sys.stderr)
        return FAILED
    except GraphError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader of our output has gone: say nothing more, at exit neither
        _drop_output()
        return FAILED
    except OSError as error:
        if error.errno not in (ENOSPC, EDQUOT, EFBIG, EIO):
            return _internal(error)
        print(f"cannot write: {error.strerror}{f' ({error.filename})' if error.filename else ''}", file=sys.stderr)
        _drop_output()
        return FAILED
    except Exception as error:  # noqa: BLE001  # the exit code must not be that of a verdict
        return _internal(error)
    return code


def _drop_output() -> None:
    """Let what is still to be printed, at exit too, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _internal(error: Exception) -> int:
    """Report an error that no contract is to blame for.  (Left alone it would exit with 1, which means a verdict.)"""
    from traceback import print_exception

    print_exception(error)
    print("internal error: this is a bug of probanda, not of a contract", file=sys.stderr)
    return FAILED
