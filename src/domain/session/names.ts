// Names of sessions: tmux' own, and the ids under which the guest keeps what it knows of one. Pure.
import { createHash } from "node:crypto";

declare const idBrand: unique symbol;
/** Names a session in the guest, in logs and on the command line; no secret. 16 hexadecimal digits. */
export type SessionId = string & { readonly [idBrand]: true };

export const isSessionId = (text: string): text is SessionId => /^[0-9a-f]{16}$/.test(text);

/** The name of the agent's home among workspaces; theirs hold a dash, so none is called that. */
const HOME = "home";

/**
 * tmux' name for a workspace's own session. tmux takes "." and ":" in a name for separators, so a directory with a dot
 * gets its digits instead.
 */
export function tmuxName(dir: string): string {
  if (dir === "") return HOME;
  if (!dir.includes(".")) return dir;
  const digits = createHash("sha256").update(dir).digest("hex").slice(0, 12);
  return `${dir.replaceAll(".", "_")}+${digits}`;
}

/** tmux' name for a session that runs one command. */
export const commandName = (dir: string, id: SessionId): string => `${tmuxName(dir)}+${id.slice(0, 8)}`;
