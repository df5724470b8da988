// What `fetch --json` answers: what was done, and what the customs found in what comes. Pure.
import { sanitize } from "../../../guard/sanitize.ts";
import type { Examined } from "../../customs/classify.ts";
import { findingJson } from "../../customs/report.ts";
import { newsJson } from "../../submodules/home/news.ts";
import type { Fetched } from "./fetch.ts";

/** `fetched` is undefined when the branch was not moved because of what was found; `examined`, when nothing was. */
export function fetchJson(branch: string, fetched: Fetched | undefined, examined: Examined | undefined) {
  const asked = new Set(examined?.asked);
  const plan = fetched?.plan;
  return {
    /** Version of this form. */
    schema: 1,
    branch: sanitize(branch),
    workspace: fetched?.workspace.dir ?? null,
    verdict: fetched?.verdict ?? null,
    dryRun: fetched?.dryRun ?? false,
    plan: plan === undefined ? "refuse" : plan.do,
    how: plan?.do === "advance" ? plan.how : null,
    from: fetched?.from ?? null,
    to: fetched?.to ?? null,
    gained: fetched?.gained ?? 0,
    submodules: (fetched?.submodules ?? []).map(newsJson),
    /** Null when nobody looked: only a dry run does, when it has the commits. */
    largeFiles: typeof fetched?.largeFiles === "object" ? fetched.largeFiles : null,
    examined: examined !== undefined,
    findings: (examined?.findings ?? []).map((one) => findingJson(one, asked.has(one))),
    moreFindings: moreOf(examined),
  };
}

/** How many findings are only counted. */
const moreOf = (examined: Examined | undefined): number =>
  [...(examined?.more.shown.values() ?? [])].reduce((sum, one) => sum + one, examined?.more.asked ?? 0);
