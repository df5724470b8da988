// Bundles src/main.ts and src/sftp-guard.ts into a directory that needs no node_modules, put in place by rename.
// usage: node scripts/build.mjs [DIRECTORY]    default: dist/current
import { execFileSync, spawnSync } from "node:child_process";
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
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = resolve(process.argv[2] ?? join(top, "dist", "current"));
const parent = dirname(target);
const { version } = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));
const DAY = 24 * 60 * 60 * 1000;

/** What both programs of the build have in common. */
const common = {
  absWorkingDir: top,
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  external: ["cpu-features", "*.node"],
  legalComments: "none",
  logLevel: "warning",
};

mkdirSync(parent, { recursive: true });
const draft = mkdtempSync(join(parent, ".draft-"));
try {
  await build({
    ...common,
    entryPoints: ["src/main.ts"],
    outfile: join(draft, "program.cjs"),
    format: "cjs",
    // A script that start.cjs compiles has no import() of its own.
    supported: { "dynamic-import": false },
    // What start.cjs calls.
    banner: { js: `(function (require, module, exports, __filename, __dirname, mainUrl) {` },
    footer: { js: "\n})" },
    define: { AGENT_VM_VERSION: JSON.stringify(version), "import.meta.url": "mainUrl" },
  });
  await build({
    ...common,
    entryPoints: ["src/sftp-guard.ts"],
    outfile: join(draft, "sftp-guard.mjs"),
    format: "esm",
  });
  requireAscii(join(draft, "program.cjs"));
  const main = ["node-version.cjs", "start.cjs"].map(script).join("");
  writeFileSync(join(draft, "main.cjs"), main.replace("AGENT_VM_VERSION", version));
  keepCode();
  // Whoever may read the checkout may run it.
  chmodSync(draft, 0o755);
  putInPlace();
  removeOld();
} finally {
  rmSync(draft, { recursive: true, force: true });
}

function script(name) {
  return readFileSync(join(top, "scripts", name), "utf8");
}

/** start.cjs reads it so, which is quickest; esbuild writes what is not ASCII as it is where it does not look, in a RegExp. */
function requireAscii(path) {
  const [, line] = /(.{0,40}[^\0-\x7f])/.exec(readFileSync(path, "utf8")) ?? [];
  if (line !== undefined) throw new Error(`The bundle is not ASCII: ${line}`);
}

/** One run of a command that only looks, for somebody who has nothing: V8's code of it is kept beside the bundle. */
function keepCode() {
  const home = join(draft, "home");
  const env = { PATH: process.env.PATH, HOME: home, AGENT_VM_CACHE_DIR: home, AGENT_VM_PROGRAM_DIR: top };
  spawnSync(process.execPath, [join(draft, "main.cjs"), "ps"], { env, stdio: "ignore", cwd: "/" });
  rmSync(home, { recursive: true, force: true });
}

/** Whoever builds the same at the same time may be first: then theirs stays. */
function putInPlace() {
  if (process.argv[2] === undefined) rmSync(target, { recursive: true, force: true });
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!existsSync(join(target, "main.cjs"))) throw error;
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
