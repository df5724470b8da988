// Bundles src/main.ts and src/sftp-guard.ts into a directory that needs no node_modules, put in place by rename.
// usage: node scripts/build.mjs [DIRECTORY]    default: dist/current
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = resolve(process.argv[2] ?? join(top, "dist", "current"));
const parent = dirname(target);
const { version } = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));
const DAY = 24 * 60 * 60 * 1000;

// CommonJS libraries in an ES module ask for these three. What Node has itself needs no loader, which takes as long to
// make as all that `--version` does; the helper's name is none that minified code uses.
const banner = [
  'import { createRequire as agentVmCreateRequire } from "node:module";',
  "const require = (id) => process.getBuiltinModule(id) ?? agentVmCreateRequire(import.meta.url)(id);",
  "const { filename: __filename, dirname: __dirname } = import.meta;",
].join("");

mkdirSync(parent, { recursive: true });
const draft = mkdtempSync(join(parent, ".draft-"));
try {
  await build({
    absWorkingDir: top,
    entryPoints: ["src/main.ts", "src/sftp-guard.ts"],
    outdir: draft,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["cpu-features", "*.node"],
    banner: { js: banner },
    define: { AGENT_VM_VERSION: JSON.stringify(version) },
    outExtension: { ".js": ".mjs" },
    legalComments: "none",
    logLevel: "warning",
  });
  // Whoever may read the checkout may run it.
  chmodSync(draft, 0o755);
  putInPlace();
  removeOld();
} finally {
  rmSync(draft, { recursive: true, force: true });
}

/** Whoever builds the same at the same time may be first: then theirs stays. */
function putInPlace() {
  if (process.argv[2] === undefined) rmSync(target, { recursive: true, force: true });
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!existsSync(join(target, "main.mjs"))) throw error;
  }
}

/** Builds of other sources go after a day, unless a running process still loads its parts from there. */
function removeOld() {
  let running = "";
  try {
    running = execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8", maxBuffer: 1 << 26 });
  } catch {
    return;
  }
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const old = Date.now() - statSync(path, { throwIfNoEntry: false })?.mtimeMs > DAY;
    const build = /^[0-9a-f]{16}$/.test(name) || name.startsWith(".draft-");
    if (build && old && name !== basename(target) && !running.includes(path)) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}
