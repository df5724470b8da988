// tmux as the user's terminal: a session runs in it, and what came of that is read from tmux.
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { quote } from "../../../src/target.ts";
import { createLoopbackSshd, type LoopbackSshd } from "../loopback-sshd.ts";

/** Guarded, with the clipboard opted in, without the guard. */
export type How = "guarded" | "clipboard" | "raw";

export interface ATerminal {
  guest: LoopbackSshd;
  /** A directory of its own, $PLACE in the shell line. */
  place: string;
  /** Starts a session in a fresh window; without a script its login shell. `around` is a shell line that holds it as $SESSION. */
  open(how: How, script?: string, around?: string, rows?: number): Promise<void>;
  tmux(...args: string[]): string;
  /** The visible screen, with colours. */
  screen(): string;
  /** A value of tmux's formats for the window: "#{pane_title}". */
  value(format: string): string;
  keys(...keys: string[]): void;
  until(what: () => boolean): Promise<void>;
  /** The session has ended: its exit code, and what was waiting for the host's shell afterwards. */
  ended(): Promise<{ code: number; waiting: string }>;
  remove(): void;
}

const CONFIG = `
set -g set-clipboard on
set -g allow-rename on
set -g allow-passthrough on
set -g default-terminal tmux-256color
set -g status off
set -g escape-time 0
`;

/** The host's shell after the session: what the terminal's input holds then is what it would run. */
const AFTER = `code=$?
stty raw -echo
waiting=; while IFS= read -r -t 0.6 -N 1 one; do waiting=$waiting$one; done
stty sane
printf '%s' "$waiting" >"$PLACE/waiting"
printf '%s' "$code" >"$PLACE/part"; mv "$PLACE/part" "$PLACE/code"
sleep 600`;

/** `program`: what is run in it, a file beside this one. */
export async function createTerminal(program = "driver"): Promise<ATerminal> {
  const place = mkdtempSync(join(tmpdir(), "term-"));
  const driver = join(place, "driver.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, `${program}.ts`)],
    outfile: driver,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  writeFileSync(join(place, "tmux.conf"), CONFIG);
  const guest = await createLoopbackSshd();
  // As the product has it: the first session leaves a master behind, the others use it.
  const master = `  ControlMaster auto\n  ControlPersist 1m\n  ControlPath ${join(place, "cm")}\n`;
  appendFileSync(guest.target.configFile, master);
  appendFileSync(join(guest.home, "../sshd_config"), `SetEnv HOME=${guest.home}\n`);
  await guest.start();
  const at = (name: string) => join(place, name);
  // A server that is ending still holds its socket.
  let server = 0;
  const socket = () => at(`tmux${server}`);
  const kill = () => spawnSync("tmux", ["-S", socket(), "kill-server"], { stdio: "ignore" });
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-S", socket(), "-f", at("tmux.conf"), ...args], { encoding: "utf8" });
  const until = async (what: () => boolean) => {
    for (let tries = 0; !what(); tries++) {
      if (tries > 600) throw new Error(`it did not happen; the screen:\n${tmux("capture-pane", "-p")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    guest,
    place,
    tmux,
    until,
    open: async (how, script = "", around = "$SESSION", rows = 30) => {
      kill();
      server += 1;
      for (const name of ["code", "waiting"]) rmSync(at(name), { force: true });
      const argv = [process.execPath, driver, guest.target.configFile, how, script].map(quote).join(" ");
      writeFileSync(
        at("line.sh"),
        `PLACE=${quote(place)}\n${around.replaceAll("$SESSION", () => argv)}\n${AFTER}\n`,
      );
      tmux(
        "new-session",
        "-d",
        "-x",
        "100",
        "-y",
        String(rows),
        "-n",
        "mine",
        `bash --norc ${quote(at("line.sh"))}`,
      );
      tmux("select-pane", "-T", "my title");
      tmux("set-buffer", "my secret copy");
    },
    screen: () => tmux("capture-pane", "-p", "-e"),
    value: (format) => tmux("display-message", "-p", format).trim(),
    keys: (...keys) => void tmux("send-keys", ...keys),
    ended: async () => {
      await until(() => existsSync(at("code")));
      return {
        code: Number(readFileSync(at("code"), "utf8")),
        waiting: readFileSync(at("waiting"), "latin1"),
      };
    },
    remove: () => {
      kill();
      spawnSync("ssh", ["-F", guest.target.configFile, "-O", "exit", "test-guest"], { stdio: "ignore" });
      guest.remove();
      rmSync(place, { recursive: true, force: true });
    },
  };
}
