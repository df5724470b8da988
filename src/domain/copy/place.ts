// What the words of `cp` name: a path of a workspace, a path of the host, or a stream. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { isDisguisedGit } from "../customs/odd-names.ts";

export type Place =
  | { kind: "guest"; branch: string; path: string }
  | { kind: "host"; path: string }
  | { kind: "stream" };

/**
 * `<branch>:path` is in a workspace; git's branch names have no colon, so the first one ends it. What begins with `/`,
 * `./` or `../` is the host's, and `-` standard input or output.
 */
export function parsePlace(word: string): Place {
  if (word === "-") return { kind: "stream" };
  const colon = word.indexOf(":");
  if (colon < 0 || /^\.{0,2}\//.test(word)) return { kind: "host", path: word };
  if (colon === 0) {
    throw new UserError(`No branch stands before the colon of "${sanitize(word)}".`, {
      hint: `Name one: <branch>${sanitize(word)}; a host path with a colon is written ./${sanitize(word)}`,
      exit: EXIT.usage,
    });
  }
  return { kind: "guest", branch: word.slice(0, colon), path: word.slice(colon + 1) };
}

export type Copy =
  | { way: "bring"; branch: string; paths: string[]; to: string | undefined }
  | { way: "put"; branch: string; path: string; from: string[] | undefined };

/** Which way it goes; `undefined` stands for standard output or input. Throws UserError (2, 4). */
export function planCopy(words: readonly string[]): Copy {
  const places = words.map(parsePlace);
  const to = places.pop();
  if (!to || places.length === 0) throw usage("cp needs a source and a destination.");
  const guests = places.filter((place) => place.kind === "guest");
  for (const place of [...guests, to]) if (place.kind === "guest") refuseGit(place.path);
  if (to.kind === "guest") return planPut(to, places);
  const [first] = guests;
  if (!first) throw usage("Neither side of cp names a workspace.");
  if (guests.length < places.length)
    throw usage("cp copies from one side to the other: all sources lie on one.");
  if (guests.some(({ branch }) => branch !== first.branch))
    throw usage("All sources of one cp lie in one workspace.");
  const paths = guests.map(({ path }) => path);
  return { way: "bring", branch: first.branch, paths, to: to.kind === "host" ? to.path : undefined };
}

function planPut(to: Place & { kind: "guest" }, places: readonly Place[]): Copy {
  if (places.some(({ kind }) => kind === "guest")) {
    throw new UserError("cp copies between this host and a workspace, not between workspaces.", {
      hint: "In the VM both lie side by side: agent-vm connect <branch> -- cp -r ../<other workspace>/path .",
      exit: EXIT.usage,
    });
  }
  const streams = places.filter(({ kind }) => kind === "stream").length;
  if (streams > 0 && places.length > 1)
    throw usage("Standard input is the only source of a cp that reads it.");
  const from = places.flatMap((place) => (place.kind === "host" ? [place.path] : []));
  if (streams === 0) return { way: "put", branch: to.branch, path: to.path, from };
  if (to.path === "" || /(^|\/)\.{0,2}$/.test(to.path))
    throw usage("Standard input needs a file's name to go to.");
  return { way: "put", branch: to.branch, path: to.path, from: undefined };
}

/** Git's own directory goes neither way: on the host it would run, in the VM it is the clone's configuration. */
export function refuseGit(path: string): void {
  if (!isDisguisedGit(Buffer.from(path).toString("latin1"))) return;
  throw new UserError(`cp leaves git's own directory alone: "${sanitize(path)}".`, {
    hint: "Commits travel with agent-vm fetch and agent-vm push.",
    exit: EXIT.refused,
  });
}

const usage = (message: string): UserError =>
  new UserError(message, {
    hint: "For example: agent-vm cp feature-x:src/out.log . or agent-vm cp notes.txt feature-x:",
    exit: EXIT.usage,
  });

/** The last name of a path; "" when it means a directory's content ("dir/.", "..", "/"). */
export function nameOf(path: string): string {
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return name === "." || name === ".." ? "" : name;
}
