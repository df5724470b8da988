// What the built program prints on a real terminal (tmux) and into a pipe that closes.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { type BuiltProgram, buildProgram } from "./program.ts";

let base: string;
let program: BuiltProgram;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "avo-"));
  program = buildProgram();
  const state = join(base, "state/agent-vm/vm/agent-vm");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const workspace = { repoId: "a".repeat(32), repoName: "shop", branch: "grün/漢字", dir: "shop-gr" };
  writeFileSync(join(state, "workspaces.json"), JSON.stringify({ version: 1, workspaces: [workspace] }));
});
afterAll(() => {
  program.remove();
  rmSync(base, { recursive: true, force: true });
});

const ENV = ["env", "-u", "LC_CTYPE", "-u", "LANG"];
const line = (locale: string, ...args: string[]) => [
  ...ENV,
  `HOME=${base}`,
  `XDG_STATE_HOME=${join(base, "state")}`,
  `LC_ALL=${locale}`,
  `AGENT_VM_PROGRAM_DIR=${join(import.meta.dirname, "../..")}`,
  ...program.self,
  ...args,
];

/** What stands on a terminal of so many columns at the end. */
async function onTerminal(columns: number, argv: readonly string[]): Promise<string> {
  // One that is ending still answers on its socket.
  const socket = join(mkdtempSync(join(base, "t-")), "tmux");
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-u", "-S", socket, ...args], { encoding: "utf8" });
  const words = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  tmux(
    "-f",
    "/dev/null",
    "new-session",
    "-d",
    "-x",
    String(columns),
    "-y",
    "30",
    `${words}; echo [over]; sleep 60`,
  );
  try {
    for (let tries = 0; tries < 600; tries++) {
      const screen = tmux("capture-pane", "-p");
      if (screen.includes("[over]")) return screen;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`it did not end: ${tmux("capture-pane", "-p")}`);
  } finally {
    tmux("kill-server");
  }
}

test("a reader that has seen enough is no error", () => {
  const words = line("C.UTF-8", "--help").map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const { stdout, stderr } = spawnSync(
    "bash",
    ["-c", `set -o pipefail; ${words.join(" ")} | head -n 1; echo "\${PIPESTATUS[0]}"`],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^Usage: agent-vm.*\n0\n$/);
});

test("names on a terminal with UTF-8, and on one without", async () => {
  expect(await onTerminal(100, line("C.UTF-8", "status"))).toContain("grün/漢字");
  expect(await onTerminal(100, line("C", "fetch", "--ü"))).toContain("unknown option '--\\u{fc}'");
  const plain = await onTerminal(100, line("C", "status"));
  expect(plain).toContain("gr\\u{fc}n/\\u{6f22}\\u{5b57}");
});

test("a narrow terminal gets a table that fits", async () => {
  expect(await onTerminal(44, line("C.UTF-8", "status"))).toMatch(
    /^BRANCH +REPOSITORY +VERDICT +UNCOMMITTED$/m,
  );
  const settings = await onTerminal(44, line("C.UTF-8", "config", "list", "--origin"));
  expect(settings).toMatch(/^google_credentials +"auto" +def\S* *$/m);
  const screen = await onTerminal(28, line("C.UTF-8", "status"));
  expect(screen).toMatch(/^BRANCH +VERD\S* +UNCO\S*…$/m);
  expect(screen).toMatch(/^grün\/漢字$/m);
});

test("the bundle needs no import() of its own, which a script that is compiled by hand has not", () => {
  const bundle = readFileSync(join(dirname(program.self.at(-1) ?? ""), "program.cjs"), "utf8");
  expect(bundle).not.toMatch(/\bimport\(/);
});

test("a command that waits for what never comes is a bug, and no success", () => {
  const never = join(base, "never.cjs");
  writeFileSync(never, 'require("node:fs/promises").readFile = () => new Promise(() => undefined);');
  const [command = "", ...args] = line("C.UTF-8", "help", "git");
  const env = { ...process.env, NODE_OPTIONS: `--require ${never}` };
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env });
  expect({ status, stdout }).toEqual({ status: EXIT.bug, stdout: "" });
  expect(stderr).toMatch(/^agent-vm: This is a bug/);
});
