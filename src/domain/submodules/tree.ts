// All submodules of a commit, those inside of submodules too, with the host's clones of them. Changes nothing.
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { completePartial } from "../clones/partial.ts";
import { publicOrigin } from "../sync/push/origin.ts";
import type { Repository } from "../workspace/repository.ts";
import { type Declared, declaredIn } from "./declared.ts";
import { type Clone, type Holder, holderOf, hostCloneOf } from "./host-clone.ts";
import { MAX_SUBMODULES, type Submodule } from "./rules.ts";
import { submoduleOrigin } from "./urls.ts";
import { makeWhole } from "./whole.ts";

/** One submodule of a workspace. Paths are relative to the workspace's top, by the rules. */
export interface Node {
  name: string;
  /** Of its work tree: that of the one it is inside of, "/", its own. */
  path: string;
  /** Of its git directory: `.git/modules/<name>/modules/<name of one inside>`. */
  gitDir: string;
  /** The git directory and work tree of what declares it; work tree "" for the workspace itself. */
  parent: { gitDir: string; path: string };
  oid: string;
  /** What its `origin` is in the workspace; undefined for none. */
  origin: string | undefined;
  clone: Clone;
}

/** One that does not travel. */
export interface Missing {
  path: string;
  /** The path of the submodule that it is inside of; "" for the repository itself. */
  inside: string;
  oid: string;
  /** The host has a clone of it, without the commit. */
  cloned: boolean;
  /** Another reason. */
  why?: string;
}

export interface Tree {
  /** Parents before those inside of them. */
  nodes: Node[];
  missing: Missing[];
  /** In .gitmodules, but by its name, path or otherwise not fit to be followed. */
  unfit: { name: string; why: string; inside: string }[];
}

interface Level {
  holder: Holder;
  declared: Declared;
  origin: string | undefined;
  parent: Node["parent"];
}

/** The submodules of a commit of the host's repository. `declared` are the commit's own, when they are known. */
export async function submoduleTree(
  ctx: Context,
  repo: Repository,
  commit: string,
  declared?: Declared,
): Promise<Tree> {
  const tree: Tree = { nodes: [], missing: [], unfit: [] };
  const whole = () => completePartial(ctx, repo, [commit]);
  const own = declared ?? (await declaredAt(ctx, repo.directory, commit, whole));
  if (own.submodules.length + own.unfit.length === 0) return tree;
  const [holder, origin] = await Promise.all([
    holderOf(ctx, repo),
    query(ctx, repo.directory, ["config", "--get", "remote.origin.url"]),
  ]);
  await walk(ctx, tree, {
    holder,
    declared: own,
    origin: publicOrigin(origin),
    parent: { gitDir: ".git", path: "" },
  });
  return tree;
}

/** A partial clone may have to get the list first. */
async function declaredAt(
  ctx: Context,
  directory: string,
  commit: string,
  complete: () => Promise<void>,
): Promise<Declared> {
  const declared = await declaredIn(ctx, directory, commit);
  if (!declared.lacks) return declared;
  await complete();
  return declaredIn(ctx, directory, commit);
}

async function walk(ctx: Context, tree: Tree, { holder, declared, origin, parent }: Level): Promise<void> {
  const inside = parent.path;
  tree.unfit.push(...declared.unfit.map((one) => ({ ...one, inside })));
  for (const one of declared.submodules) {
    const path = placeIn(parent, one);
    const found = await hostCloneOf(ctx, holder, one);
    if (!found?.has) {
      tree.missing.push({ path, inside, oid: one.oid, cloned: found !== undefined });
      continue;
    }
    if (tree.nodes.length >= MAX_SUBMODULES) {
      const why = `there are more than ${MAX_SUBMODULES}`;
      tree.missing.push({ path, inside, oid: one.oid, cloned: true, why });
      continue;
    }
    const node: Node = {
      name: one.name,
      path,
      gitDir: `${parent.gitDir}/modules/${one.name}`,
      parent,
      oid: one.oid,
      origin: submoduleOrigin(one.url, origin),
      clone: found.clone,
    };
    tree.nodes.push(node);
    await walk(ctx, tree, {
      holder: found.clone,
      declared: await declaredAt(ctx, found.clone.gitDir, one.oid, () =>
        makeWhole(ctx, found.clone, { path, oid: one.oid }),
      ),
      origin: node.origin,
      parent: { gitDir: node.gitDir, path },
    });
  }
}

const placeIn = (parent: Node["parent"], { path }: Submodule): string =>
  parent.path === "" ? path : `${parent.path}/${path}`;
