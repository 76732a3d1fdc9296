// How long from a line's execution until VS Code's page has changed. The start is the clock's reading in the Python
// program just before the call that takes the missing arm; the end is the frame after the one in which the hint was
// first gone from the page's lines, that is, when that frame has been painted. Both read this machine's clock.
import path from "node:path";
import { figure } from "./checks.mjs";
import { lampCode, measureLamps } from "./lamps.mjs";
import { makeWorkspace, root } from "./program.mjs";
import { Workbench } from "./workbench.mjs";

const vsix = path.join(root, "editors/vscode/branchlight.vsix");
const { scratch, workspace, remove } = makeWorkspace();
const settings = { "branchlight.notYetAfter": 100 };
let workbench;
try {
  workbench = await Workbench.start({ scratch, workspace, vsix, settings });
  await workbench.open("lamps.py");
  const gone = await measureLamps(workspace, {
    hintOf: (lamp) => workbench.hint(lampCode(lamp)),
    timeWhenGone: (lamp) => workbench.page.evaluate(whenPainted, lampCode(lamp)),
  });
  await figure("vscode, line executed -> hint gone from the page", gone);
} finally {
  await workbench?.stop();
  remove();
}

/** Runs in the page. */
function whenPainted(code) {
  const hasHint = () =>
    [...document.querySelectorAll(".editor-instance .view-lines .view-line")].some((line) => {
      const text = line.textContent.replace(/[\u00a0\u2000-\u200a\u202f]/g, " ");
      return text.includes(code) && /(never|not yet)/.test(text);
    });
  return new Promise((resolve, reject) => {
    const end = performance.now() + 10_000;
    const look = () => {
      if (!hasHint()) {
        requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
      } else if (performance.now() > end) {
        reject(new Error(`the hint stayed: ${code}`));
      } else {
        requestAnimationFrame(look);
      }
    };
    look();
  });
}
