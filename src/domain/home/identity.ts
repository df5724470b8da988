// Who the agent's commits are by: the host's git identity, unless the settings say otherwise.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";

export interface Identity {
  name: string;
  email: string;
}

/** Where the host's git knows nobody. */
const NOBODY: Identity = { name: "agent", email: "agent@agent-vm.invalid" };

/** Settings come before the host's git; that is asked outside any repository, for one identity serves all workspaces. */
export async function gitIdentity(ctx: Context): Promise<Identity> {
  const { git_identity, git_name, git_email } = ctx.settings;
  const complete = git_name !== undefined && git_email !== undefined;
  const hosts = git_identity && !complete ? await hostIdentity(ctx) : {};
  return { name: git_name ?? hosts.name ?? NOBODY.name, email: git_email ?? hosts.email ?? NOBODY.email };
}

async function hostIdentity(ctx: Context): Promise<Partial<Identity>> {
  const asked = ["config", "--null", "--get-regexp", "^user\\.(name|email)$"];
  return parseIdentity((await git(ctx, "/", asked, { ok: [0, 1] })).stdout);
}

/** Records of "key LF value NUL", the last of a key counts. */
export function parseIdentity(answer: string): Partial<Identity> {
  const found: Partial<Identity> = {};
  for (const record of answer.split("\0")) {
    const [key, ...value] = record.split("\n");
    const text = value.join("\n").trim();
    if (text === "") continue;
    if (key === "user.name") found.name = text;
    if (key === "user.email") found.email = text;
  }
  return found;
}

/** The part of the agent's git configuration that is ours; what the agent sets itself has precedence. */
export const gitConfig = ({ name, email }: Identity): string =>
  [
    "# Written by agent-vm and written anew by it. Your own settings belong into ~/.gitconfig.",
    "[user]",
    `\tname = ${quoted(name)}`,
    `\temail = ${quoted(email)}`,
    "[init]",
    "\tdefaultBranch = main",
    "[core]",
    "\texcludesFile = ~/.gitignore",
    "",
  ].join("\n");

/** git's own rule for values: within quotes, with backslash, quote and line break escaped. */
const quoted = (value: string): string =>
  `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
