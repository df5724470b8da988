// Where each shell looks for completion scripts, and what is left for the user to do. Pure.
import { join } from "node:path";
import { quote } from "../../target.ts";
import type { Shell } from "./complete.ts";

export interface Home {
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** The XDG rule: a path that is not absolute is ignored. */
const directory = ({ env, home }: Home, name: string, usual: string): string =>
  env[name]?.startsWith("/") ? env[name] : join(home, usual);

const FILES: Record<Shell, (user: Home) => string> = {
  bash: (user) => {
    const [own = ""] = (user.env["BASH_COMPLETION_USER_DIR"] ?? "").split(":");
    const base = own.startsWith("/")
      ? own
      : join(directory(user, "XDG_DATA_HOME", ".local/share"), "bash-completion");
    return join(base, "completions", "agent-vm");
  },
  zsh: (user) => join(directory(user, "XDG_DATA_HOME", ".local/share"), "zsh/site-functions/_agent-vm"),
  fish: (user) => join(directory(user, "XDG_CONFIG_HOME", ".config"), "fish/completions/agent-vm.fish"),
};

/** The script's place among the user's own files. */
export const scriptPlace = (shell: Shell, user: Home): string => FILES[shell](user);

/** The shell of the user's logins; undefined when it is none that we know. */
export function shellOf(env: Home["env"]): Shell | undefined {
  const name = env["SHELL"]?.split("/").at(-1);
  return name === "bash" || name === "zsh" || name === "fish" ? name : undefined;
}

/** Where bash-completion lies, which alone makes bash look into places of the user. */
export const BASH_COMPLETION = [
  "/usr/share/bash-completion/bash_completion",
  "/usr/local/share/bash-completion/bash_completion",
  "/opt/homebrew/share/bash-completion/bash_completion",
  "/opt/local/share/bash-completion/bash_completion",
  "/run/current-system/sw/share/bash-completion/bash_completion",
] as const;

/** The file of the user's in which a line may be needed; undefined when the shell finds the script by itself. */
export function rcFile(shell: Shell, user: Home): string | undefined {
  if (shell === "zsh") return join(directory(user, "ZDOTDIR", ""), ".zshrc");
  return shell === "bash" ? join(user.home, ".bashrc") : undefined;
}

/** The line that the shell needs there. */
export const rcLine = (shell: Shell, place: string): string =>
  shell === "zsh" ? `fpath=(${quote(join(place, ".."))} $fpath)` : `source ${quote(place)}`;
