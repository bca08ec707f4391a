"""A process that works on what this one leaves behind, while this one goes on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from attrs import define, field

from adapters.worker_processes.process_life import end_with_parent, ignore_interruptions, uninterrupted_start
from adapters.worker_processes.single_thread import one_thread_each
from application.ports.parallel_work import WorkerLostError

if TYPE_CHECKING:
    # Names for annotations alone: the module takes its time, and start-up does without it.
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

Task = TypeVar("Task")
Piece = TypeVar("Piece")
Result = TypeVar("Result")
Piece_contra = TypeVar("Piece_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

_DONE: Final = b""
_LEAVING_S: Final = 5.0
_LOST: Final = "the process beside the run ended before its work, killed or out of memory"


class Companion(Protocol[Piece_contra, Result_co]):
    """Takes pieces, and has something to say of them all in the end."""

    def take(self, piece: Piece_contra, /) -> None:
        """Work on the next piece."""
        ...

    def result(self) -> Result_co:
        """Return what came of all of them; called once, at the end."""
        ...


@contextmanager
def companion_process(
    begin: Callable[[Task], Companion[Piece, Result]], task: Task
) -> "Iterator[CompanionProcess[Piece, Result]]":
    """Have a companion in a process of its own, which ends with the context.

    Like those of a pool it is started anew and computes with one thread. Both sides talk through pipes that nobody
    else can open.

    Args:
        begin: A function of a module, of nothing but its argument; makes the companion, in its process.
        task: Its argument, made of plain values and arrays.
    """
    from multiprocessing import get_context  # noqa: PLC0415  # not on the path of start-up

    context = get_context("spawn")
    pieces_in, pieces_out = context.Pipe(duplex=False)
    answer_in, answer_out = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(begin, pieces_in, answer_out))
    with one_thread_each(), uninterrupted_start():
        process.start()
    companion: CompanionProcess[Piece, Result] = CompanionProcess(process, pieces_out, answer_in)
    try:
        # The other side's ends: were they open here too, nobody would notice that the other side is gone.
        pieces_in.close()
        answer_out.close()
        # Not among the arguments: whoever starts a process waits until it has read these, after loading itself.
        companion.send(task)
        yield companion
    finally:
        companion.close()


@define(eq=False)
class CompanionProcess(Generic[Piece, Result]):
    """The companion as this process sees it: `take` never waits, `result` waits for the end of its work."""

    _process: "SpawnProcess"
    _pieces: "Connection"
    _answer: "Connection"
    _queue: "SimpleQueue[bytes]" = field(factory=SimpleQueue, init=False)
    _sender: Thread = field(init=False)
    _has_answered: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        # A pipe holds little: whoever writes waits until the other side has read.
        self._sender = Thread(target=_send_all, args=(self._queue, self._pieces), daemon=True)
        self._sender.start()

    def take(self, piece: Piece, /) -> None:
        """Hand a piece over. It is written down at once: what becomes of it here changes nothing there."""
        self.send(piece)

    def send(self, value: object) -> None:
        """Hand anything over that the other side expects next."""
        from multiprocessing.reduction import ForkingPickler  # noqa: PLC0415

        if not self._sender.is_alive():
            raise WorkerLostError(_LOST)
        self._queue.put(bytes(ForkingPickler.dumps(value)))

    def result(self) -> Result:
        """Wait for what came of all pieces.

        Raises:
            WorkerLostError: The process ended before its work, or failed at it.
        """
        self._queue.put(_DONE)
        try:
            is_done, value = self._answer.recv()
        except EOFError as error:
            raise WorkerLostError(_LOST) from error
        self._has_answered = True
        if not is_done:
            raise WorkerLostError(f"the process beside the run failed: {value}")
        result: Result = value
        return result

    def close(self) -> None:
        """End the process, whatever it is at."""
        if self._has_answered:
            self._process.join(_LEAVING_S)
        self._process.kill()  # Whoever has ended already takes no notice.
        self._process.join()
        self._queue.put(_DONE)
        self._sender.join()
        self._pieces.close()
        self._answer.close()
        self._process.close()


def _send_all(queue: "SimpleQueue[bytes]", pieces: "Connection") -> None:
    try:
        while piece := queue.get():
            pieces.send_bytes(piece)
        pieces.send_bytes(_DONE)
    except OSError:
        return  # Nobody is there any more; whoever waits for the result notices.


def _serve(begin: "Callable[[Task], Companion[Piece, Result]]", pieces: "Connection", answer: "Connection") -> None:
    """Do what the process is for: take the task, then pieces until there are no more, and answer once."""
    # Who interrupts the run means the process that was called; that one ends this.
    ignore_interruptions()
    end_with_parent()
    # What a run prints is the run's own; what is printed here, again, would come in between.
    sys.stdout = sys.stderr
    try:
        answer.send((True, _worked_on(begin, pieces)))
    except EOFError:
        return  # The other side is gone.
    except Exception as error:  # noqa: BLE001  # whatever it is, the other side has to hear of it
        answer.send((False, f"{type(error).__name__}: {error}"))


def _worked_on(begin: "Callable[[Task], Companion[Piece, Result]]", pieces: "Connection") -> Result:
    from multiprocessing.reduction import ForkingPickler  # noqa: PLC0415

    companion = begin(ForkingPickler.loads(pieces.recv_bytes()))
    while piece := pieces.recv_bytes():
        companion.take(ForkingPickler.loads(piece))
    return companion.result()
