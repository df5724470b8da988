// How fast the terminal filter is: MB a second for each kind of output, and the time that one small piece waits.
import { createTerminalFilter } from "../../src/guard/terminal-filter.ts";
import { createModes } from "../../src/guard/terminal-modes.ts";

const PIECE = 64 * 1024;
const MiB = 1024 * 1024;
const ESC = "\u001b";

const KINDS: Record<string, string> = {
  "plain text": "The quick brown fox jumps over the lazy dog, 0123456789 times.\r\n",
  "UTF-8 text": "Zwölf Boxkämpfer jagen Viktor — 日本語のテキスト, и русский 🚀.\r\n",
  "coloured log": `${ESC}[32m12:00:01${ESC}[0m ${ESC}[1;34minfo${ESC}[0m GET /api/v1/items?limit=20 200 in 12 ms\r\n`,
  "full-screen program": `${ESC}[12;40H${ESC}[38;2;10;20;30m│ some words ${ESC}[K${ESC}[?25l`,
  "dropped titles": `${ESC}]0;a title of a usual length${"\u0007"}word\r\n`,
};

const newFilter = () => createTerminalFilter({ modes: createModes(), clipboard: false, questions: true });

function throughput(line: string, total: number): number {
  const piece = Buffer.from(line.repeat(Math.ceil(PIECE / Buffer.byteLength(line)))).subarray(0, PIECE);
  const filter = newFilter();
  let taken = 0;
  const round = (bytes: number) => {
    for (let sent = 0; sent < bytes; sent += piece.length) taken += filter(piece).length;
  };
  round(total / 4);
  // The processor's time: what else the machine does is not the filter's.
  const since = process.cpuUsage();
  round(total);
  const { user, system } = process.cpuUsage(since);
  const seconds = (user + system) / 1e6;
  if (taken === 0) throw new Error("nothing came out");
  return total / 1e6 / seconds;
}

/** Microseconds for a key's echo, the median and the slowest of a hundred. */
function latency(): [number, number] {
  const filter = newFilter();
  const echo = Buffer.from(`${ESC}[32mx${ESC}[0m`);
  const times = Array.from({ length: 10_000 }, () => {
    const since = process.hrtime.bigint();
    filter(echo);
    return Number(process.hrtime.bigint() - since) / 1000;
  }).sort((one, other) => one - other);
  return [times[5000] ?? 0, times[9900] ?? 0];
}

for (const [kind, line] of Object.entries(KINDS)) {
  const rates = Array.from({ length: 3 }, () => throughput(line, 100 * MiB)).sort((a, b) => a - b);
  console.log(`${kind.padEnd(20)} ${(rates[1] ?? 0).toFixed(0).padStart(6)} MB/s`);
}
const [median, slow] = latency();
console.log(`a key's echo          ${median.toFixed(1)} µs, 1 in 100 takes ${slow.toFixed(1)} µs or more`);
