// The measurement that both editors share: lamps.py has twelve branches; each is taken one way, and then, one after the
// other, the other way, while an editor shows the file.
import { until } from "./checks.mjs";
import { Program } from "./program.mjs";

const lamps = 12;
const allOn = 2 ** lamps - 1;

export function lampCode(lamp) {
  return `if on & ${2 ** lamp}:`;
}

/**
 * @param {{hintOf: (lamp: number) => unknown, timeWhenGone: (lamp: number) => Promise<number>}} editor hintOf: what is
 *   behind the lamp's line now; timeWhenGone: starts to watch at once, and resolves to when the hint went
 * @returns {Promise<number[]>} for each lamp the milliseconds from the call until the hint was gone
 */
export async function measureLamps(workspace, { hintOf, timeWhenGone }) {
  const program = new Program(workspace);
  try {
    await program.step(`lamps ${allOn}`);
    for (let lamp = 0; lamp < lamps; lamp++) {
      if (!(await until(async () => /not yet False/.test((await hintOf(lamp)) ?? "")))) {
        throw new Error(`lamp ${lamp} has no hint`);
      }
    }
    const times = [];
    for (let lamp = 0; lamp < lamps; lamp++) {
      // The server asks for new hints only so often; each lamp is to be a change after a while of none.
      await new Promise((resume) => setTimeout(resume, 300));
      const gone = timeWhenGone(lamp);
      gone.catch(() => undefined);
      const executed = await program.step(`lamps ${allOn - 2 ** lamp}`);
      times.push((await gone) - executed);
    }
    return times;
  } finally {
    program.kill();
  }
}
