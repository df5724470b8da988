// A lasting session against raw `ssh -t … tmux attach` to the same one: the time until its screen is there, and a key's
// way to the program and back. Interleaved, medians; the user's terminal is tmux, whose own time is in all of them.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachOnce } from "../../src/domain/session/attach.ts";
import { enterWorkspaceSession } from "../../src/domain/session/workspace-session.ts";
import { createOutput } from "../../src/io/output.ts";
import { quote } from "../../src/target.ts";
import { createContext, placesOf } from "../integration/guest.ts";
import { createLoopbackSshd } from "../integration/loopback-sshd.ts";
import { median } from "./measure.ts";

const KEYS = 25;

/** This file is the client, too: `connect` once its VM is up, or its attachment alone. */
async function client(what: string, configFile: string): Promise<void> {
  const home = process.env["HOME"] ?? "/";
  const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
  const out = createOutput({ ...process, terminal: true, columns: 100, quiet: true, verbose: false });
  const ctx = { ...createContext({ hostHome: home, repo: home, said: [], target }), env: process.env, out };
  if (what === "attach") {
    await attachOnce(ctx, target, { name: "home" });
    return;
  }
  const wanted = { dir: "", branch: "work", environment: { values: {} }, another: false, rawTerminal: false };
  await enterWorkspaceSession({ ...ctx, interactive: true }, target, {
    ...wanted,
    isStopped: async () => false,
  });
}

async function bench(rounds: number): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), "session-"));
  const guest = await createLoopbackSshd();
  const { configFile } = guest.target;
  appendFileSync(join(guest.home, "../sshd_config"), `SetEnv HOME=${guest.home}\n`);
  appendFileSync(configFile, `  ControlMaster auto\n  ControlPersist 1m\n  ControlPath ${place}/cm\n`);
  await guest.start();
  const base = placesOf(guest.home);
  // A server that is ending still holds its socket.
  let server = 0;
  const tmux = (...args: string[]) =>
    spawnSync("tmux", ["-S", join(place, `tmux${server}`), "-f", "/dev/null", ...args], { encoding: "utf8" })
      .stdout;
  const inGuest = (...args: string[]) => spawnSync("tmux", ["-S", join(base, "tmux"), ...args]);
  const shows = async (text: string) => {
    for (let tries = 0; !tmux("capture-pane", "-p").includes(text); tries++) {
      if (tries > 5000) throw new Error(`it did not happen:\n${tmux("capture-pane", "-p")}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return Date.now();
  };
  const own = (what: string) => [process.execPath, process.argv[1] ?? "", "client", what, configFile];
  const raw = ["ssh", "-F", configFile, "-o", "ControlPath=none", "-tt", "--", "test-guest"];
  const ways: Record<string, string[]> = {
    "raw ssh -t … tmux attach": [...raw, `exec tmux -u -S ${join(base, "tmux")} attach-session -t =home`],
    "the attachment alone": own("attach"),
    "connect, the VM being up": own("connect"),
  };
  /** Milliseconds from the program's start until the session's screen is there. */
  const enter = async (argv: readonly string[]): Promise<number> => {
    tmux("kill-server");
    server += 1;
    const line = `date +%s%3N >${place}/began; exec ${argv.map(quote).join(" ")}`;
    tmux("new-session", "-d", "-x", "100", "-y", "30", line);
    const there = await shows("here it is");
    return there - Number(readFileSync(join(place, "began"), "utf8"));
  };
  /** Milliseconds until a key's echo is there. */
  const key = async (): Promise<number> => {
    const times: number[] = [];
    for (let count = 1; count <= KEYS; count++) {
      const since = performance.now();
      tmux("send-keys", "x");
      await shows(`:${"x".repeat(count)}`);
      times.push(performance.now() - since);
    }
    // The line is taken back, so that the next way finds what this one found.
    tmux("send-keys", "C-u");
    return median(times);
  };
  try {
    tmux("new-session", "-d", "-x", "100", "-y", "30", own("connect").map(quote).join(" "));
    await shows("leave: Ctrl-b d");
    tmux("send-keys", "-l", "PS1=; clear; echo here it is; cat\n");
    await shows("here it is\n");
    tmux("send-keys", "-l", ":");
    const seen = Object.keys(ways).map((name) => ({ name, attach: [] as number[], key: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      for (const { name, attach, key: keys } of seen) {
        attach.push(await enter(ways[name] ?? []));
        tmux("send-keys", "-l", ":");
        keys.push(await key());
      }
    }
    const [first] = seen;
    console.log(`${"".padEnd(28)}screen there   ratio   key and echo     more`);
    for (const { name, attach, key: keys } of seen) {
      const [screen, echo] = [median(attach), median(keys)];
      const ratio = screen / median(first?.attach ?? []);
      const more = echo - median(first?.key ?? []);
      const cells = [`${screen.toFixed(0)} ms`.padStart(12), ratio.toFixed(2).padStart(7)];
      console.log(
        `${name.padEnd(28)}${cells.join(" ")} ${`${echo.toFixed(1)} ms`.padStart(14)} ${more.toFixed(1).padStart(8)}`,
      );
    }
  } finally {
    tmux("kill-server");
    inGuest("kill-server");
    spawnSync("ssh", ["-F", configFile, "-O", "exit", "test-guest"], { stdio: "ignore" });
    guest.remove();
    for (const path of [place, base]) rmSync(path, { recursive: true, force: true });
  }
}

const [first = "", second = "", third = ""] = process.argv.slice(2);
if (first === "client") await client(second, third);
else await bench(Number(first || 3));
