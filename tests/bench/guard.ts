// The guarded mount against plain sshfs with the same options, over the same kind of sshd; interleaved, medians.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changed, createHost, type Host, removeBuilt } from "../attack/host.ts";
import { median } from "./measure.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const MiB = 1024 * 1024;

/** Shell commands in the mount ($view); those before them make the same ground for each round. */
const WORK: Record<string, { before?: string; run: string; aim: number }> = {
  "metadata of 5,000 files": { run: 'find "$view/tree" -printf "%s\\n" | wc -l', aim: 1.5 },
  "read 100 MB": { run: 'cat "$view/large" > /dev/null', aim: 1 / 0.7 },
  "write 100 MB": {
    before: 'rm -f "$view/new"',
    run: 'head -c 104857600 /dev/zero > "$view/new"',
    aim: 1 / 0.7,
  },
  "read 1,000 small files": { run: 'cat "$view"/small/* > /dev/null', aim: 1 / 0.7 },
  "write 1,000 small files": {
    before: 'rm -rf "$view/many"; mkdir "$view/many"',
    run: 'cd "$view/many" && for n in $(seq 1000); do echo x > "f$n"; done',
    aim: 1 / 0.7,
  },
};

function plant({ workspace }: Host): void {
  for (let directory = 0; directory < 100; directory += 1) {
    const at = join(workspace, "tree", String(directory));
    mkdirSync(at, { recursive: true });
    for (let file = 0; file < 50; file += 1) writeFileSync(join(at, `file-${file}.ts`), "x");
  }
  mkdirSync(join(workspace, "small"));
  for (let file = 0; file < 1000; file += 1)
    writeFileSync(join(workspace, "small", `f${file}`), "line\n".repeat(800));
  writeFileSync(join(workspace, "large"), Buffer.alloc(100 * MiB, "large "));
}

/** Seconds. */
function timed(host: Host, { before = ":", run }: { before?: string; run: string }): number {
  host.does(before, 120);
  const { status, seconds, stderr } = host.does(run, 300);
  if (status !== 0)
    throw new Error(`${stderr || `status ${status}`}\n${host.isMounted() ? host.mountLog() : "not mounted"}`);
  return seconds;
}

const plain = await createHost();
const guarded = await createHost();
try {
  for (const host of [plain, guarded]) plant(host);
  await plain.mountPlain(changed([]));
  await guarded.mount();
  const lines = [["", "plain", "guarded", "ratio", "aim"]];
  for (const [name, work] of Object.entries(WORK)) {
    const pairs = Array.from({ length: ROUNDS }, () => [timed(plain, work), timed(guarded, work)] as const);
    const [one, other] = [median(pairs.map(([a]) => a)), median(pairs.map(([, b]) => b))];
    const ratio = median(pairs.map(([a, b]) => b / a));
    lines.push([
      name,
      `${one.toFixed(2)} s`,
      `${other.toFixed(2)} s`,
      `${ratio.toFixed(2)} ×`,
      `≤ ${work.aim.toFixed(2)} ×`,
    ]);
  }
  for (const [first = "", ...cells] of lines) {
    console.log(first.padEnd(26) + cells.map((cell) => cell.padStart(11)).join(""));
  }
} finally {
  await plain.remove();
  await guarded.remove();
  removeBuilt();
}
