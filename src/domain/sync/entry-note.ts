// What `connect` says of a workspace that is not at the host's commit: the verdict and what to type. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { quoted } from "./plan.ts";
import { type Verdict, verdictText } from "./verdict.ts";
import { plural } from "./words.ts";

/** One sentence with the command that goes on from there; undefined when host and workspace are equal. */
export function entryNote(verdict: Verdict, branch: string): string | undefined {
  const push = `agent-vm push ${quoted(branch)}`;
  const fetch = `agent-vm fetch ${quoted(branch)}`;
  switch (verdict.kind) {
    case "equal":
      return undefined;
    case "host ahead":
      return `The host is ahead of this workspace by ${plural(verdict.host, "commit")}. Push with: ${push}`;
    case "workspace ahead":
      return `The workspace is ahead by ${plural(verdict.workspace, "commit")}; bring them home: ${fetch}`;
    case "not in the workspace":
      return `The workspace has no branch "${sanitize(branch)}" (${verdictText(verdict)}). Make it again with: ${push}`;
    case "not on the host":
      return `The host has no branch "${sanitize(branch)}" (${verdictText(verdict)}). Bring it home: ${fetch}`;
    default:
      return `Host and workspace: ${verdictText(verdict)}. The ways on: ${fetch} --dry-run`;
  }
}
