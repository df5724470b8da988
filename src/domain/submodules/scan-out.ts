// What a push would send of submodules, looked into for secrets as the branch is; nothing is sent.
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Scanner } from "../scan/engine.ts";
import { outgoing } from "../scan/gate.ts";
import { type Scanned, scanRange } from "../scan/scan.ts";
import type { Repository } from "../workspace/repository.ts";
import { submoduleTree } from "./tree.ts";

/** `sentBefore`: the commits of a clone that went through before. Paths are as in the workspace. */
export async function scanOfSubmodules(
  ctx: Context,
  { repo, commit, scanner }: { repo: Repository; commit: string; scanner: Scanner },
  sentBefore: (directory: string) => Promise<string[]>,
): Promise<Scanned[]> {
  const { nodes } = await submoduleTree(ctx, repo, commit);
  const all: Scanned[] = [];
  for (const { path, oid, clone } of nodes) {
    const range = outgoing([oid], await sentBefore(clone.gitDir));
    const scanned = await scanRange(ctx, clone.gitDir, range, scanner);
    const inside = (text: string) => `${sanitize(path)}/${text}`;
    const findings = scanned.findings.map((one) => ({ ...one, path: inside(one.path) }));
    all.push({ ...scanned, findings, skipped: scanned.skipped.map(inside) });
  }
  return all;
}
