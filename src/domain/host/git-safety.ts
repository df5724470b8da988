// What of the user's own git configuration would make git run what lies in the mount. Facts and the judgement of them.
import { git, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Check } from "./doctor.ts";

export interface GitSettings {
  /** All values of safe.directory, in git's order. */
  trusted: readonly string[];
  /** The value of safe.bareRepository, or "". */
  bare: string;
}

type Host = Pick<Context, "run" | "env" | "signal">;

export async function gitSettings(host: Host): Promise<GitSettings> {
  const ask = (...args: string[]) => query(host, "/", ["config", ...args]);
  const trusted = await ask("--null", "--get-all", "safe.directory");
  const home = host.env["HOME"] ?? "~";
  // As git reads them.
  const values = trusted.split("\0").slice(0, -1);
  return {
    trusted: values.map((value) => value.replace(/^~(?=\/|$)/, () => home)),
    bare: await ask("--get", "safe.bareRepository"),
  };
}

/**
 * `mountpoints`: the mountpoint as the user spells it, and without links on its way, as git does.
 * The mount's files belong to a stranger, and git reads no configuration of a stranger's, unless it is told to. Notes,
 * not failures: the user may have reasons. Security facts, 1. Pure.
 */
export function judgeGit({ trusted, bare }: GitSettings, mountpoints: readonly string[]): Check[] {
  const [trusts] = mountpoints.flatMap((mountpoint) => trustedPlace(trusted, mountpoint) ?? []);
  return [
    {
      name: "git and the mount",
      ok: trusts === undefined,
      detail:
        trusts === undefined
          ? "git does not trust what lies in the mount"
          : `your git trusts it, by safe.directory=${trusts}: a repository of the VM's could run programs here`,
      remedy: "name single directories instead: git config --global --edit",
      note: true,
    },
    {
      name: "git and bare repositories",
      ok: bare.toLowerCase() === "explicit",
      detail:
        bare.toLowerCase() === "explicit"
          ? "only with --git-dir"
          : "git takes any directory that looks like a bare repository for one, also in the mount",
      remedy: "git config --global safe.bareRepository explicit",
      note: true,
      fix: "bare repositories",
    },
  ];
}

/** The entry that covers the mountpoint or something in it. An empty value takes back those before it. */
function trustedPlace(trusted: readonly string[], mountpoint: string): string | undefined {
  const living = trusted.slice(trusted.lastIndexOf("") + 1);
  return living.find((entry) => {
    if (entry === "*") return true;
    const place = entry.replace(/\/\*$/, "").replace(/\/+$/, "");
    const above = entry.endsWith("/*") && `${mountpoint}/`.startsWith(`${place}/`);
    return above || `${place}/`.startsWith(`${mountpoint}/`);
  });
}

/** Only after the user has agreed. */
export async function forbidBareRepositories(host: Host): Promise<void> {
  await git(host, "/", ["config", "--global", "safe.bareRepository", "explicit"]);
}
