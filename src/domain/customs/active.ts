// What this host really has that takes files of a work tree by itself: git's configuration, hooks, editors, agents.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Repository } from "../workspace/repository.ts";
import { hooksOf, namedByHook } from "./host-hooks.ts";
import { type Here, inTree } from "./in-tree.ts";
import type { Active, Tool } from "./rule.ts";

/** Below the home directory, or in the work tree where the name begins with "./". */
const PLACES: Record<Exclude<Tool, "hook manager" | "git drivers">, readonly string[]> = {
  vscode: [
    ...["vscode", "vscode-oss", "vscode-server", "cursor", "cursor-server", "windsurf"].map(
      (name) => `.${name}`,
    ),
    ...["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"].flatMap((name) => [
      `.config/${name}`,
      `Library/Application Support/${name}`,
    ]),
    "./.vscode",
  ],
  jetbrains: [
    ".config/JetBrains",
    ".local/share/JetBrains",
    ".cache/JetBrains",
    "Library/Application Support/JetBrains",
    "./.idea",
  ],
  zed: [".config/zed", ".local/share/zed", "./.zed"],
  mise: [".config/mise", ".local/share/mise", ".local/state/mise"],
  "coding agents": [
    ".claude",
    ".claude.json",
    ".codex",
    ".gemini",
    ".cursor",
    ".copilot",
    ".config/opencode",
  ],
};

/** Keys whose values are programs, or files that git reads as configuration. */
const KEYS =
  "^(core\\.(hookspath|fsmonitor|sshcommand|editor|pager|askpass|gitproxy|attributesfile)|sequence\\.editor|" +
  "include\\.path|includeif\\..*\\.path|alias\\..*|credential\\..*|gpg\\..*program|diff\\.external|" +
  "(filter|diff|merge|difftool|mergetool|interactive|pager|uploadpack|trailer)\\..*)$";

/** `path`: another work tree that will follow the branch. */
export async function activeOn(ctx: Context, repo: Repository, path?: string): Promise<Active> {
  const [top, ...configs] = await Promise.all([
    git(ctx, repo.directory, ["rev-parse", "--show-toplevel"]),
    entriesIn(ctx, repo.directory),
    // A work tree may have a configuration of its own.
    ...(path === undefined ? [] : [entriesIn(ctx, path)]),
  ]);
  const entries = configs.flat();
  const tops = [top.stdout.replace(/\n$/, ""), ...(path === undefined ? [] : [path])];
  const here = { home: ctx.paths.home, tops, commonDir: repo.commonDir };
  const tools = new Set(
    Object.keys(PLACES).filter((tool) => isThere(ctx, tool as ToolOfPlaces, tops)) as Tool[],
  );
  if (entries.some(isDriver)) tools.add("git drivers");
  const hookPaths = entries.filter(({ key }) => key === "core.hookspath").map(({ value }) => value);
  const hooks = hooksOf(here, hookPaths);
  if (hooks.some(({ text }) => MANAGERS.test(text))) tools.add("hook manager");
  const named = [
    ...entries.flatMap((entry) => namedBy(entry, here)),
    ...hooks.flatMap((hook) => namedByHook(hook, here)),
  ];
  return { named: [...new Set(named)], tools };
}

async function entriesIn(ctx: Context, directory: string): Promise<Entry[]> {
  const { stdout } = await git(ctx, directory, ["config", "-z", "--get-regexp", KEYS], { ok: [0, 1] });
  return stdout.split("\0").flatMap((entry) => {
    const at = entry.indexOf("\n");
    return at < 0 ? [] : [{ key: entry.slice(0, at).toLowerCase(), value: entry.slice(at + 1) }];
  });
}

type ToolOfPlaces = keyof typeof PLACES;

function isThere(ctx: Context, tool: ToolOfPlaces, tops: readonly string[]): boolean {
  const config = ctx.env["XDG_CONFIG_HOME"];
  return PLACES[tool].some((place) => {
    if (place.startsWith("./")) return tops.some((top) => existsSync(join(top, place)));
    if (config?.startsWith("/") && place.startsWith(".config/") && existsSync(join(config, place.slice(8))))
      return true;
    return existsSync(join(ctx.paths.home, place));
  });
}

interface Entry {
  key: string;
  value: string;
}

/** git-lfs is left out: nearly every host has it, and where it sends requests is a rule of its own. */
const isDriver = ({ key }: Entry): boolean =>
  /^(filter\..*\.(smudge|clean|process)|diff\..*\.(command|textconv)|merge\..*\.driver)$/.test(key) &&
  !key.startsWith("filter.lfs.");

const MANAGERS = /\b(pre-commit|prek|lefthook|overcommit|husky|simple-git-hooks)\b/;

/** Paths in the work tree that one value names; a directory of hooks with all that is below it. */
function namedBy({ key, value }: Entry, here: Here): string[] {
  if (key === "core.hookspath") return inTree(value, here, "").map((path) => `${path}/`);
  if (key === "core.attributesfile") return inTree(value, here, "");
  // Relative to the file that includes, which is the repository's own where it leads into the work tree.
  if (/^include(if\..*)?\.path$/.test(key)) return inTree(value, here, here.commonDir);
  if (key.startsWith("alias.") && !value.startsWith("!")) return [];
  const words = value.replace(/^!/, "").split(/[\s"'`;|&()<>=]+/);
  return words.filter((word) => /[./]/.test(word)).flatMap((word) => inTree(word, here, ""));
}
