// One line for each check, a total at the end, and waiting with a deadline in place of sleeping.
const started = Date.now();
let passed = 0;
let failed = 0;

export function check(name, ok, seen = undefined) {
  ok ? passed++ : failed++;
  const detail =
    ok || seen === undefined ? "" : `\n     seen: ${typeof seen === "string" ? seen : JSON.stringify(seen)}`;
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)${detail}`);
  return ok;
}

/** Asks again and again until the answer is truthy; gives up, with the last answer, at the deadline. */
export async function until(ask, { deadline = 10_000, every = 20 } = {}) {
  const end = Date.now() + deadline;
  for (;;) {
    const answer = await ask();
    if (answer || Date.now() > end) {
      return answer;
    }
    await new Promise((resume) => setTimeout(resume, every));
  }
}

/** Like check, for something that becomes true. `look` returns what is seen now, `wanted` judges it. */
export async function eventually(name, look, wanted, options = {}) {
  let seen;
  const looksRight = async () => {
    seen = await look();
    return wanted(seen);
  };
  const ok = await until(looksRight, options);
  return check(name, Boolean(ok), seen);
}

/** Prints the total; the exit status says whether all passed. */
export function finish(error = undefined) {
  if (error) {
    failed++;
    console.log(`FAIL ${String(error.stack ?? error)}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** A measured distribution, as a line for people and, where FIGURES names a file, as a line of JSON for the bench. */
export async function figure(name, milliseconds) {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const row = { name, unit: "ms", samples: sorted.length, p50: at(0.5), p95: at(0.95), max: sorted.at(-1) };
  console.log(
    `figure ${name}: p50 ${row.p50?.toFixed(1)} ms, p95 ${row.p95?.toFixed(1)} ms, ` +
      `worst ${row.max?.toFixed(1)} ms of ${row.samples}`,
  );
  if (process.env.FIGURES) {
    const { appendFileSync } = await import("node:fs");
    appendFileSync(process.env.FIGURES, `${JSON.stringify(row)}\n`);
  }
}
