// What `agent-vm --json` says: the same as without it, as data. Pure.
import type { Advice, Facts } from "./advice.ts";

export const firstLookJson = (facts: Facts, { next, because }: Advice) => ({
  schema: 1,
  vm: facts.vm,
  state: facts.state,
  busy: facts.busy,
  repository: facts.repo === undefined ? null : { ...facts.repo, branch: facts.repo.branch ?? null },
  /** Of this repository, the newest first as in words. */
  workspaces: facts.workspaces.toReversed().map(({ branch, dir }) => ({ branch, dir })),
  elsewhere: facts.elsewhere,
  sessions: facts.sessions,
  next,
  because,
});
