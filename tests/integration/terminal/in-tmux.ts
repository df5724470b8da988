// A real terminal (tmux) for whatever a command of this process would show on its own: its ssh runs there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Run, run } from "../../../src/io/run.ts";
import { quote } from "../../../src/target.ts";

export interface Terminal {
  /** In the place of a Context's `run`. */
  run: Run;
  screen(): string;
  shows(text: string): Promise<void>;
  line(text: string): void;
  keys(...keys: string[]): void;
  remove(): void;
}

export function createTerminalFor(): Terminal {
  const place = mkdtempSync(join(tmpdir(), "in-tmux-"));
  const at = (name: string) => join(place, name);
  // A server that is ending still holds its socket.
  let count = 0;
  const tmux = (...args: string[]) =>
    spawnSync("tmux", ["-S", at(`tmux${count}`), "-f", "/dev/null", ...args], { encoding: "utf8" }).stdout;
  const until = async (what: () => boolean) => {
    for (let tries = 0; !what(); tries++) {
      if (tries > 600) throw new Error(`it did not happen; the screen:\n${tmux("capture-pane", "-p")}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const onTerminal: Run = async (argv, { passThrough, ...options } = {}) => {
    if (!passThrough) return run(argv, options);
    tmux("kill-server");
    count += 1;
    const code = at(`code-${count}`);
    // The terminal stays, with what was on it.
    const line = `${argv.map(quote).join(" ")}\necho $? >${code}.new; mv ${code}.new ${code}; exec sleep 600\n`;
    writeFileSync(at(`line-${count}.sh`), line);
    tmux("new-session", "-d", "-s", "shown", "-x", "100", "-y", "30", `sh ${at(`line-${count}.sh`)}`);
    await until(() => existsSync(code));
    return { code: Number(readFileSync(code, "utf8")), stdout: "", stderr: "" };
  };
  return {
    run: onTerminal,
    screen: () => tmux("capture-pane", "-p", "-t", "=shown:"),
    shows: (text) => until(() => tmux("capture-pane", "-p", "-t", "=shown:").includes(text)),
    line: (text) => void tmux("send-keys", "-t", "=shown:", "-l", `${text}\n`),
    keys: (...keys) => void tmux("send-keys", "-t", "=shown:", ...keys),
    remove: () => {
      tmux("kill-server");
      rmSync(place, { recursive: true, force: true });
    },
  };
}
