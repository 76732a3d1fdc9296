// How long from a line's execution until the terminal that Neovim runs in has changed. The start is the clock's reading
// in the Python program just before the call that takes the missing arm; the end is the first look at tmux's cells in
// which the hint is gone, so the time of a look (a few milliseconds, printed too) is included.
// Usage: node latency_neovim.mjs [NVIM]
import path from "node:path";
import { figure, until } from "./checks.mjs";
import { lampCode, measureLamps } from "./lamps.mjs";
import { startNeovim } from "./neovim_session.mjs";
import { makeWorkspace, root } from "./program.mjs";

const nvim = path.resolve(process.argv[2] ?? path.join(root, ".deps/nvim-0.12/usr/bin/nvim"));
const { scratch, workspace, remove } = makeWorkspace();
const terminal = startNeovim(nvim, { scratch, workspace, file: "lamps.py" });
try {
  await until(() => terminal.screen().some((row) => row.includes(lampCode(11))));
  const looks = [];
  const gone = await measureLamps(workspace, {
    hintOf: (lamp) => terminal.row(lampCode(lamp))?.split(lampCode(lamp))[1].trim(),
    timeWhenGone: async (lamp) => {
      const end = Date.now() + 10_000;
      for (;;) {
        await new Promise(setImmediate); // a look holds up the event loop, on which the program is told to go on
        const before = now();
        const row = terminal.row(lampCode(lamp));
        looks.push(now() - before);
        if (row?.trimEnd().endsWith(lampCode(lamp))) {
          return now();
        }
        if (Date.now() > end) {
          throw new Error(`the hint stayed: ${row}`);
        }
      }
    },
  });
  await figure("neovim, line executed -> hint gone from the terminal", gone);
  await figure("neovim, one look at the terminal (included above)", looks);
} finally {
  terminal.close();
  remove();
}

function now() {
  return performance.timeOrigin + performance.now();
}
