// `node scripts/bench/terminal.mjs`: how fast the terminal filter is. Not a test.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../testing/root.mjs";

const scratch = mkdtempSync(join(tmpdir(), "avb-"));
try {
  const outfile = join(scratch, "terminal.mjs");
  const form = { bundle: true, format: "esm", platform: "node", target: "node20", minify: true };
  await build({ ...form, absWorkingDir: ROOT, entryPoints: ["tests/bench/terminal.ts"], outfile });
  process.exitCode = spawnSync(process.execPath, [outfile], { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
