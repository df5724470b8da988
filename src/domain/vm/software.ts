// What is wanted in the VM and what is installed there, compared. Pure; the guest's words are claims.

export type Kind = "apt" | "npm" | "python" | "release";

export interface Software {
  kind: Kind;
  name: string;
  /** Undefined where the list leaves it to the source (Debian). */
  version?: string;
}

/** Texts of the lists in common/packages, by their names without ".txt". */
export type Lists = Readonly<
  Record<
    "apt-core" | "apt-packages" | "apt-containers" | "npm-packages" | "python-packages" | "versions",
    string
  >
>;

const entries = (text: string): string[][] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/));

/** Everything the lists name, for one architecture as Debian calls it. */
export function wantedSoftware(lists: Lists, architecture: string): Software[] {
  const apt = [lists["apt-core"], lists["apt-packages"], lists["apt-containers"]].flatMap(entries);
  const releases = entries(lists.versions).filter(([, , arch]) => arch === architecture || arch === "all");
  return [
    ...apt.map(([name = ""]): Software => ({ kind: "apt", name })),
    ...entries(lists["npm-packages"]).map(([spec = ""]) => pinned("npm", spec, spec.lastIndexOf("@"), 1)),
    ...entries(lists["python-packages"]).map(([spec = ""]) => pinned("python", spec, spec.indexOf("=="), 2)),
    ...releases.map(([name = "", version = ""]): Software => ({ kind: "release", name, version })),
  ];
}

/** Only an exact version can be compared: a user's own entry may have a range, a tag or (Python) extras. */
function pinned(kind: Kind, spec: string, at: number, separator: number): Software {
  const name = (at > 0 ? spec.slice(0, at) : spec).replace(/\[.*\]$/, "");
  const version = at > 0 ? spec.slice(at + separator) : "";
  const exact = kind === "npm" ? /^\d+\.\d+\.\d+/.test(version) : version !== "";
  return exact ? { kind, name, version } : { kind, name };
}

/** The optional step, by its short name, that brings a file of versions.txt. */
export const releaseStep = (name: string): string =>
  name === "node" || name === "npm" ? "node" : "releases";

const LINE = /^(apt|npm|python|release) ([A-Za-z0-9@/._+-]{1,100}) ([A-Za-z0-9.:~+_-]{1,80})$/;

/** Lines of "KIND NAME VERSION", as the guest printed them; others are ignored. Keyed by "KIND NAME". */
export function parseInstalled(stdout: string): Map<string, string> {
  const found = stdout.split("\n").flatMap((line) => {
    const [, kind, name, version] = LINE.exec(line) ?? [];
    return kind && name && version ? [[`${kind} ${name}`, version] as const] : [];
  });
  return new Map(found);
}

export interface Difference {
  kind: Kind;
  name: string;
  wanted: string | undefined;
  installed: string | undefined;
}

/** What is missing, or there in another version than the lists say. */
export function drift(wanted: readonly Software[], installed: ReadonlyMap<string, string>): Difference[] {
  return wanted.flatMap(({ kind, name, version }) => {
    const found = installed.get(`${kind} ${name}`);
    const right = found !== undefined && (version === undefined || version === found);
    return right ? [] : [{ kind, name, wanted: version, installed: found }];
  });
}

export interface Change {
  name: string;
  before: string | undefined;
  after: string | undefined;
}

/** What differs between two looks, in the order of the names. */
export function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => ({
      name: key.slice(key.indexOf(" ") + 1),
      before: before.get(key),
      after: after.get(key),
    }));
}
