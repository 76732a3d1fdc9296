"""One run of a project's tests, watched by a language client, shown while it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from live_view.interpreters import DemoError
from live_view.page import Event, Renderer, arm_words, summary, test_words
from live_view.palette import Palette
from live_view.projects import Project
from live_view.terminal import Screen, size
from live_view.wire import Client

FRAMES_A_SECOND = 20
SETTLED_WITHIN = 10.0  # seconds after the end of the tests


@dataclass
class Show:
    """What has been seen so far."""

    renderer: Renderer = field(default_factory=Renderer)
    events: list[Event] = field(default_factory=list)
    frames: set[int] = field(default_factory=set)  # distinct ones, by hash, before the tests ended
    dirty: bool = False

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self.dirty |= self.renderer.feed(event)


@dataclass(frozen=True)
class Outcome:
    show: Show
    exit_status: int
    seconds: float
    log: Path


async def run(binary: Path, project: Project, arguments: list[str], screen: Screen | None, palette: Palette) -> Outcome:
    """Starts the server, opens the files, runs the tests; ends when what they did not do is settled."""
    show = Show()
    client = Client(show.hear)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if project.temporary:
        environment["TMPDIR"] = str(project.temporary)
    await client.start_io(str(binary), "lsp", cwd=project.root, env=environment)
    errors = asyncio.create_task(_drain(client))
    try:
        async with asyncio.timeout(20):
            await client.begin(project.root, {"python": str(project.python), "trusted": True})
        for path in project.files:
            client.open(path)
        log = Path(tempfile.mkstemp(prefix="branchlight-demo-", suffix=".log", dir=project.temporary)[1])
        began = time.monotonic()
        with log.open("wb") as output:
            command = [str(binary), "run", "--python", str(project.python), "--", "-m", "pytest", *arguments]
            tests = await asyncio.create_subprocess_exec(
                *command,
                cwd=project.root,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                await _watch(show, tests, screen, palette)
            finally:
                if tests.returncode is None:
                    tests.terminate()
                    await tests.wait()
        seconds = time.monotonic() - began
        await _settle(show, client)
        return Outcome(show, tests.returncode or 0, seconds, log)
    except TimeoutError:
        raise DemoError(f"`{binary} lsp` did not answer within 20 s. Does `{binary} doctor` say why?") from None
    except RuntimeError as error:
        raise DemoError(f"the language server ended: {error}. What it wrote: {(await errors)[-2000:]}") from error
    finally:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(5):
                await client.shutdown_async(None)
                client.exit(None)
                await client.stop()
        errors.cancel()


async def _drain(client: Client) -> str:
    """What the server writes to standard error; kept from filling its pipe."""
    assert client._server is not None and client._server.stderr is not None
    return (await client._server.stderr.read()).decode(errors="replace")


async def _watch(show: Show, tests: asyncio.subprocess.Process, screen: Screen | None, palette: Palette) -> None:
    ended = asyncio.create_task(tests.wait())
    while not ended.done():
        await asyncio.wait([ended], timeout=1 / FRAMES_A_SECOND)
        if not show.dirty or ended.done():
            continue
        show.dirty = False
        follow_the_busiest(show.renderer)
        width, height = size() if screen else (100, 40)
        frame = show.renderer.frame(palette, width, height)
        show.frames.add(hash(tuple(frame)))
        if screen:
            screen.draw(frame)


async def _settle(show: Show, client: Client) -> None:
    """Until the server says that the run is over, and everything that follows from it has arrived."""
    deadline = time.monotonic() + SETTLED_WITHIN
    while show.renderer.status.get("state") != "known" and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    for uri in client.documents:
        await client.hints(uri)
    follow_the_busiest(show.renderer)


def follow_the_busiest(renderer: Renderer) -> None:
    """Shows the document of which most is reached; changes its mind only for a good reason."""
    if len(renderer.documents) < 2:
        return
    best = max(renderer.documents, key=renderer.reached)
    if renderer.reached(best) > 1.2 * renderer.reached(renderer.focus):
        renderer.focus = best


def totals(outcome: Outcome, palette: Palette) -> list[str]:
    """What the messages came to, in a few lines."""
    renderer = outcome.show.renderer
    rows = []
    if document := renderer.document:
        rows.append((renderer.title(), summary(document) or "nothing of it ran"))
    status = renderer.status
    rows.append(("project", arm_words(status) or str(status.get("text", "no totals came"))))
    tests = test_words(status.get("tests") or {}) or "none seen"
    rows.append(("tests", f"{tests}, in {outcome.seconds:.1f} s"))
    rows.append(("frames", f"{len(outcome.show.frames)} distinct before the tests ended"))
    wide = max(len(name) for name, _ in rows)
    return [f" {palette.paint('title', name.ljust(wide))}  {words}" for name, words in rows]


def trouble_with_tests(outcome: Outcome) -> list[str]:
    """What pytest itself wrote, where it did not end well."""
    if outcome.exit_status == 0:
        outcome.log.unlink(missing_ok=True)
        return []
    tail = outcome.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    return [f"the tests ended with status {outcome.exit_status}; all they wrote: {outcome.log}", *tail]


def on_screen(binary: Path, project: Project, arguments: list[str], palette: Palette) -> Outcome:
    if not sys.stdout.isatty():
        return asyncio.run(run(binary, project, arguments, None, palette))
    with Screen() as screen:
        return asyncio.run(run(binary, project, arguments, screen, palette))
