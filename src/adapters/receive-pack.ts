// A pack that lies in a file goes into a repository of the host through git's own quarantine, with the checks of a fetch.
import { writeFile } from "node:fs/promises";
import { ToolError } from "../errors.ts";
import { sanitizeLines } from "../guard/sanitize.ts";
import { type GitHost, git, TRANSFER_MEMORY } from "./git.ts";

/** A reference that is made for an object. */
export interface Made {
  ref: string;
  oid: string;
}

export interface Received {
  /** The repository: where git is asked, and its git directory. */
  directory: string;
  gitDir: string;
  pack: string;
  /** A file beside the pack that may be written. */
  commands: string;
  /** References that come to be, all or none, when everything below them is there; none of them may be there yet. */
  make: readonly Made[];
  /** The largest file git may write, in MiB. */
  limit: number;
}

const MiB = 1024 * 1024;

/** What became of a pack: its references were made; git does not take its objects; or something else stands against it. */
export type Outcome = { how: "taken" } | { how: "unfit"; error: ToolError } | { how: "left" };

/**
 * "taken" when every object was right and the references were made. Objects lie where no
 * other git looks until their bytes, their form (as `fetch.fsckObjects` wants it) and that nothing is missing is proven.
 */
export async function receivePack(host: GitHost, what: Received): Promise<Outcome> {
  const levels = await levelsOf(host, what.directory);
  if (levels === undefined) return { how: "left" };
  await writeFile(what.commands, commandsFor(what.make), { mode: 0o600 });
  const pins = [
    ...["receive.fsckObjects=true", "receive.unpackLimit=1", `receive.maxInputSize=${what.limit * MiB}`],
    ...["receive.autogc=false", "receive.updateServerInfo=false", "transfer.hideRefs=!refs/agent-vm"],
    ...["transfer.hideRefs=!refs/saves", ...levels],
  ];
  const options = pins.flatMap((pin) => ["-c", pin]);
  // Without a state git names none of its references first.
  const args = [...options, "receive-pack", "--stateless-rpc", what.gitDir];
  const { code, stdout, stderr } = await git(host, what.directory, args, {
    // Names of references are bytes.
    encoding: "latin1",
    inputFile: [what.commands, what.pack],
    limits: { memory: TRANSFER_MEMORY, file: what.limit },
    ok: "any",
  });
  const report = packets(stdout);
  if (report[0] !== undefined && report[0] !== "unpack ok") {
    const stderrTail = sanitizeLines(stderr).slice(-12).join("\n");
    return { how: "unfit", error: new ToolError({ argv: ["git", "receive-pack"], code, stderrTail }) };
  }
  const made = (ref: string) => report.includes(`ok ${Buffer.from(ref).toString("latin1")}`);
  return { how: code === 0 && what.make.every(({ ref }) => made(ref)) ? "taken" : "left" };
}

/**
 * What the user lets pass in a fetch (`fetch.fsck.*`), said for a receiver. Undefined when he lets a receiver pass what a
 * fetch does not: no option takes that back.
 */
async function levelsOf(host: GitHost, directory: string): Promise<string[] | undefined> {
  const args = ["config", "-z", "--get-regexp", "^(fetch|receive)\\.fsck\\."];
  const { stdout } = await git(host, directory, args, { ok: [0, 1] });
  const all = stdout.split("\0").filter(Boolean);
  const pairs = all.map((one) => [one.split("\n", 1)[0] ?? "", one.slice(one.indexOf("\n") + 1)] as const);
  const fetching = pairs.filter(([name]) => name.startsWith("fetch."));
  const names = new Set(fetching.map(([name]) => name.slice("fetch.".length)));
  const others = pairs.filter(([name]) => name.startsWith("receive."));
  if (others.some(([name]) => !names.has(name.slice("receive.".length)))) return undefined;
  return fetching.map(([name, value]) => `receive.${name.slice("fetch.".length)}=${value}`);
}

const packet = (payload: string): string => {
  const bytes = Buffer.byteLength(payload) + 4;
  return bytes.toString(16).padStart(4, "0") + payload;
};

/** What a client of git's says before its pack. */
function commandsFor(make: readonly Made[]): string {
  const lines = make.map(({ ref, oid }, at) => {
    const nothing = "0".repeat(oid.length);
    const format = oid.length === nothing.length && oid.length > 40 ? "sha256" : "sha1";
    return `${nothing} ${oid} ${ref}${at === 0 ? `\0report-status atomic object-format=${format}` : ""}`;
  });
  return `${lines.map(packet).join("")}0000`;
}

/** The lines of git's report, as bytes. */
function packets(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at + 4 <= text.length; ) {
    const length = Number.parseInt(text.slice(at, at + 4), 16);
    if (!(length > 4)) break;
    found.push(text.slice(at + 4, at + length).trimEnd());
    at += length;
  }
  return found;
}
