"""Standard streams and Ctrl-C: what a command meets that is run without a terminal, into a full disk, or is stopped."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from threading import Event, current_thread, main_thread
from types import FrameType


class StdoutError(OSError):
    """What was printed cannot be written to standard output; its reader has not gone away (that is a BrokenPipeError)."""


class _Stdout(TextIOWrapper):
    """Standard output that says so where it is what fails: whoever prints knows of no file."""

    def write(self, text: str) -> int:
        with _failing_as_stdout():
            return super().write(text)

    def flush(self) -> None:
        with _failing_as_stdout():
            super().flush()


@contextmanager
def _failing_as_stdout() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StdoutError(error.errno, error.strerror) from error


def prepare_streams() -> None:
    """Let any text be printed; a stream that is closed leads nowhere, or the next file that is opened would get its number."""
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if type(sys.stdout) is TextIOWrapper:
        usual = sys.stdout
        as_usual = {name: getattr(usual, name) for name in ("encoding", "line_buffering", "write_through")}
        sys.stdout = _Stdout(usual.detach(), errors="backslashreplace", **as_usual)
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of people, on a terminal of any encoding


def leave_stdout() -> None:
    """Print to nowhere from now on, or Python complains while it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def noting_ctrl_c() -> Iterator[Event]:
    """Whether Ctrl-C was pressed: libraries make errors of their own of the KeyboardInterrupt that it raises in them."""
    pressed = Event()

    def press(_signal: int, _frame: FrameType | None) -> None:
        pressed.set()
        raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or current_thread() is not main_thread():
        yield pressed
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
