// What a command may not touch in a workspace: nothing at all when it only reads, only what it names otherwise.
import type { Doing } from "./host-check.ts";
import type { Kept } from "./kept.ts";
import type { Seen } from "./look.ts";
import type { ToolStep } from "./tool-steps.ts";

const sameLines = (a: readonly string[], b: readonly string[]) => a.join("\0") === b.join("\0");
const filesAsLines = (seen: Seen) =>
  [...seen.files.values()].map(({ path, hash, kind }) => `${path} ${kind} ${hash}`).sort();
const refsAsLines = (seen: Seen) => [...seen.refs].map(([name, oid]) => `${oid} ${name}`).sort();

/** Ways in which two looks at a workspace differ, in words. */
export function differences(before: Seen, after: Seen): string[] {
  return [
    ...(sameLines(filesAsLines(before), filesAsLines(after)) ? [] : [fileDifference(before, after)]),
    ...(sameLines(before.index, after.index)
      ? []
      : [`its index ${lineDifference(before.index, after.index)}`]),
    ...(before.head === after.head ? [] : [`its HEAD (${before.head} → ${after.head})`]),
    ...(sameLines(refsAsLines(before), refsAsLines(after)) ? [] : [refDifference(before, after)]),
    ...(sameLines(before.stashes, after.stashes) ? [] : ["its stashes"]),
  ];
}

const fileDifference = (before: Seen, after: Seen): string =>
  `its files ${lineDifference(filesAsLines(before), filesAsLines(after))}`;
const refDifference = (before: Seen, after: Seen): string =>
  `its references ${lineDifference(refsAsLines(before), refsAsLines(after))}`;

function lineDifference(old: readonly string[], now: readonly string[]): string {
  const gone = old.filter((line) => !now.includes(line));
  const come = now.filter((line) => !old.includes(line));
  return `(was ${JSON.stringify(gone)}, is ${JSON.stringify(come)})`;
}

/** What the workspace knows of the host's branches may become newer although nothing else moved. */
const withoutHost = (seen: Seen): Seen => ({
  ...seen,
  refs: new Map([...seen.refs].filter(([name]) => !name.startsWith("refs/remotes/host/"))),
});

/** It brings the granted files as the host has them now. */
export const carries = ({ argv }: Doing): boolean =>
  argv.some((word) => word === "--carry" || word === "--replace");

/** Granted files go along also when the branch cannot; what is lost of them the oracle tells. */
export const withoutGranted = (seen: Seen): Seen => ({
  ...seen,
  files: new Map([...seen.files].filter(([path]) => !path.startsWith(".env"))),
});

/** fetch in all its forms, dry runs and refusals leave every workspace as it is. */
export function readingViolations(step: ToolStep, doing: Doing, before: Kept, after: Kept): string[] {
  const verb = doing.argv[0];
  const still = step.reads === true || verb === "fetch" || doing.exit === 4;
  return [...before.workspaces].flatMap(([dir, { seen }]) => {
    // A command that was interrupted had renamed it away: the next one may put it back.
    const now = after.workspaces.get(dir) ?? after.workspaces.get(dir.replace(/^\.agent-vm\.leaving\./, ""));
    const wrong = (what: string) => `${doing.argv.join(" ")} (exit ${doing.exit}) changed ${what} in ${dir}`;
    if (now === undefined) {
      const gone = verb === "clean" || dir.startsWith(".agent-vm.");
      return gone && !still ? [] : [`the workspace ${dir} is gone after ${doing.argv.join(" ")}`];
    }
    if (!still) return [];
    if (verb === "push") {
      const shown = (one: Seen) => withoutHost(carries(doing) ? withoutGranted(one) : one);
      return differences(shown(seen), shown(now.seen)).map(wrong);
    }
    return differences(seen, now.seen).map(wrong);
  });
}
