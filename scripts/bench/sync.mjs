// `npm run bench:sync`: push, fetch and status against raw git over the same ssh connection, as a table. Not a test.
// AGENT_VM_BENCH_ROUNDS=5 for more rounds; AGENT_VM_BENCH_DETAIL=1 names every program with its time.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../testing/root.mjs";

const scratch = mkdtempSync(join(tmpdir(), "avb-"));
try {
  chmodSync(scratch, 0o755);
  mkdirSync(join(scratch, "out"));
  const file = join(scratch, "out/sync.mjs");
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["tests/bench/sync.ts"],
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["cpu-features", "*.node"],
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  const argv = [
    process.execPath,
    file,
    process.env.AGENT_VM_BENCH_ROUNDS ?? "3",
    process.env.AGENT_VM_BENCH_DETAIL ? "detail" : "",
  ];
  const whole =
    process.getuid() === 0
      ? ["bash", join(ROOT, "scripts/testing/as-user.sh"), scratch, ROOT, ...argv]
      : argv;
  process.exitCode = spawnSync(whole[0], whole.slice(1), { cwd: ROOT, stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
