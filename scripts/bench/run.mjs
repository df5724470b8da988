// `npm run bench:sync`, `npm run bench:guard`: what the tool costs against the plain programs, as tables. Not a test.
// usage: node scripts/bench/run.mjs NAME... (files in tests/bench)
// AGENT_VM_BENCH_ROUNDS=5 for more rounds; AGENT_VM_BENCH_DETAIL=1 names every program with its time;
// AGENT_VM_BENCH_FILES=1000,10000:200: how many files the large repositories have, and of how many bytes (10000).
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../testing/root.mjs";

/** They make a VM, as root with the account that the program makes for it. */
const WITH_VM = ["vm"];

async function bench(name, scratch) {
  const file = join(scratch, `out/${name}.mjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [`tests/bench/${name}.ts`],
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["cpu-features", "*.node", "vitest"],
    // Where the sources were, not where the bundle is.
    define: { "import.meta.dirname": JSON.stringify(join(ROOT, "tests/bench")) },
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  const rounds = process.env.AGENT_VM_BENCH_ROUNDS ?? "3";
  const detail = process.env.AGENT_VM_BENCH_DETAIL ? "detail" : "";
  const argv = [process.execPath, file, rounds, detail, process.env.AGENT_VM_BENCH_FILES ?? ""];
  const whole =
    process.getuid() === 0 && !WITH_VM.includes(name)
      ? ["bash", join(ROOT, "scripts/testing/as-user.sh"), scratch, ROOT, ...argv]
      : argv;
  return spawnSync(whole[0], whole.slice(1), { cwd: ROOT, stdio: "inherit" }).status ?? 1;
}

for (const name of process.argv.slice(2)) {
  const scratch = mkdtempSync(join(tmpdir(), "avb-"));
  try {
    chmodSync(scratch, 0o755);
    mkdirSync(join(scratch, "out"));
    process.exitCode ||= await bench(name, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
