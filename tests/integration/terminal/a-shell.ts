// A user's shell in tmux, with agent-vm's completion installed as its own command says; what is typed and run is read.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quote } from "../../../src/target.ts";
import { buildProgram } from "../program.ts";

export type ShellName = "bash" | "zsh" | "fish";

export interface Shells {
  home: string;
  /** The repository in which the shells stand. */
  repo: string;
  /** The program itself, in the repository. */
  agentVm(argv: readonly string[]): { code: number | null; stdout: string; stderr: string };
  open(shell: ShellName): Promise<AShell>;
  remove(): void;
}

export interface AShell {
  type(text: string): void;
  keys(...keys: string[]): void;
  narrow(columns: number): void;
  screen(): string;
  shows(text: string): Promise<void>;
  /** The arguments with which the shell ran agent-vm next. */
  ran(): Promise<string[]>;
  close(): void;
}

/** Completion and help are the program's own; of any other command the arguments are what counts. */
const STAND_IN = `#!/bin/sh
case "\${1-}" in __complete | help | '') exec "$REAL_NODE" "$REAL_PROGRAM" "$@" ;; esac
printf '%s\\0' "$@" >"$RAN.part"
mv "$RAN.part" "$RAN"
`;

const RC: Record<ShellName, (installed: string) => [file: string, text: string]> = {
  bash: (installed) => [".bashrc", `PS1='$ '\n. ${quote(installed)}\n`],
  zsh: (installed) => [
    ".zshrc",
    `PS1='$ '\nfpath=(${quote(join(installed, ".."))} $fpath)\nautoload -Uz compinit && compinit -u\n`,
  ],
  fish: () => [".config/fish/config.fish", "function fish_prompt; echo -n '$ '; end\nset fish_greeting\n"],
};

export function createShells(): Shells {
  const place = mkdtempSync(join(tmpdir(), "shells-"));
  const home = join(place, "home");
  const repo = join(place, "repo");
  const bin = join(place, "bin");
  for (const directory of [home, bin]) mkdirSync(directory);
  execFileSync("git", ["init", "-q", "-b", "main", repo]);
  const program = buildProgram();
  const [node = "", file = ""] = program.self;
  writeFileSync(join(bin, "agent-vm"), STAND_IN);
  chmodSync(join(bin, "agent-vm"), 0o755);
  const env = {
    HOME: home,
    PATH: `${bin}:${process.env["PATH"]}`,
    TERM: "xterm-256color",
    LC_ALL: "C.UTF-8",
    REAL_NODE: node,
    REAL_PROGRAM: file,
    RAN: join(place, "ran"),
    AGENT_VM_PROGRAM_DIR: process.cwd(),
  };
  const agentVm = (argv: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(node, [file, ...argv], { cwd: repo, env, encoding: "utf8" });
    return { code: status, stdout, stderr };
  };
  let count = 0;
  return {
    home,
    repo,
    agentVm,
    open: async (shell) => {
      const installed = agentVm(["completion", "install", "--shell", shell]).stdout.trim();
      const [rc, text] = RC[shell](installed);
      mkdirSync(join(home, rc, ".."), { recursive: true });
      writeFileSync(join(home, rc), text);
      count += 1;
      const opened = openShell(shell, join(place, `tmux${count}`), repo, env);
      await opened.shows("$");
      return opened;
    },
    remove: () => {
      program.remove();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

function openShell(shell: ShellName, socket: string, cwd: string, env: Record<string, string>): AShell {
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], { encoding: "utf8", env, cwd });
  const { RAN: ran = "" } = env;
  tmux("new-session", "-d", "-x", "110", "-y", "50", shell);
  const screen = () => tmux("capture-pane", "-p");
  const until = async (what: () => boolean) => {
    for (let tries = 0; !what(); tries++) {
      if (tries > 1200) throw new Error(`it did not happen; the screen:\n${screen()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    type: (text) => void tmux("send-keys", "-l", "--", text),
    keys: (...keys) => void tmux("send-keys", ...keys),
    narrow: (columns) => void tmux("resize-window", "-x", String(columns)),
    screen,
    shows: (text) => until(() => screen().includes(text)),
    ran: async () => {
      await until(() => existsSync(ran));
      const words = readFileSync(ran, "utf8").split("\0").slice(0, -1);
      rmSync(ran);
      return words;
    },
    close: () => void spawnSync("tmux", ["-S", socket, "kill-server"], { stdio: "ignore" }),
  };
}
