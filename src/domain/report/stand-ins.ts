// Which words of this host a report must not have, and what stands for each. Pure.

/** What is known of the user and the host when a report is made. */
export interface Known {
  /** Name → values; a value of several lines counts line by line, too. */
  secrets: Readonly<Record<string, readonly string[]>>;
  homes: readonly string[];
  users: readonly string[];
  hosts: readonly string[];
  /** Addresses of this host's networks. */
  addresses: readonly string[];
  /** Directories of repositories. */
  repositories: readonly string[];
  workspaces: readonly { dir: string; repoName: string; branch: string }[];
  vm: string;
}

export interface StandIn {
  value: string;
  shown: string;
  /** It counts as a word of its own alone, in capitals or not. */
  word: boolean;
}

/** Too short to be looked for in any text: it would hit ordinary words. */
const SHORTEST = { secret: 6, user: 2, name: 3 };
/** Names that tell nothing of anybody, and without which a log says nothing. */
const EVERYBODYS = new Set(
  [
    "root",
    "agent",
    "vmadmin",
    "user",
    "admin",
    "nobody",
    "localhost",
    "debian",
    "ubuntu",
    "lima",
    "workspace",
  ].concat([
    "main",
    "master",
    "develop",
    "dev",
    "test",
    "trunk",
    "head",
    "origin",
    "agent-vm",
    "host",
    "guest",
    "git",
  ]),
);

/** The longest first, so that none is found as a part of another. */
export function standInsFor(known: Known): StandIn[] {
  const all = [...secretsOf(known), ...places(known), ...names(known)];
  const once = new Map<string, StandIn>();
  for (const one of all) if (!once.has(one.value)) once.set(one.value, one);
  return [...once.values()].sort((one, other) => other.value.length - one.value.length);
}

function secretsOf({ secrets }: Known): StandIn[] {
  return Object.entries(secrets).flatMap(([name, values]) =>
    values
      .flatMap((value) => [value, ...value.split("\n")].map((text) => text.trim()))
      .filter((text) => text.length >= SHORTEST.secret)
      .flatMap(written)
      .map((value) => ({ value, shown: `<${name}>`, word: false })),
  );
}

/** A value as it is, and as addresses, JSON and HTTP's basic authentication have it. */
function written(value: string): string[] {
  const coded = Buffer.from(value).toString("base64").replace(/=+$/, "");
  // Without its last characters, which what comes after it may have changed.
  const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), coded.slice(0, -1)];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST.secret);
}

function places({ homes, repositories }: Known): StandIn[] {
  const exact = (value: string, shown: string) =>
    [...new Set([value, encodeURI(value)])].map((form) => ({ value: form, shown, word: false }));
  const usable = (path: string) => /^\/[^/]+\/[^/]/.test(path);
  return [
    ...homes.filter((home) => home !== "/").flatMap((home) => exact(home, "<home>")),
    ...repositories.filter(usable).flatMap((path, at) => exact(path, `<repo-${at + 1}-directory>`)),
    ...repositories
      .map((path) => path.replace(/\/[^/]*$/, ""))
      .filter((path) => usable(path) && !homes.some((home) => home.startsWith(path)))
      .flatMap((path, at) => exact(path, `<directory-${at + 1}>`)),
  ];
}

function names(known: Known): StandIn[] {
  const word = (value: string, shown: string, shortest = SHORTEST.name): StandIn[] =>
    value.length < shortest || EVERYBODYS.has(value.toLowerCase()) ? [] : [{ value, shown, word: true }];
  const numbered = (values: readonly string[], what: string) =>
    [...new Set(values)].flatMap((value, at) => word(value, `<${what}-${at + 1}>`));
  const repoNames = known.repositories.map((path) => path.split("/").at(-1) ?? "");
  return [
    ...known.users.flatMap((user) => word(user, "<user>", SHORTEST.user)),
    ...known.hosts.flatMap((host) => word(host, "<host>")),
    ...numbered(known.addresses, "address"),
    ...numbered(
      known.workspaces.map(({ dir }) => dir),
      "workspace",
    ),
    ...numbered([...repoNames, ...known.workspaces.map(({ repoName }) => repoName)], "repo"),
    ...numbered(
      known.workspaces.map(({ branch }) => branch),
      "branch",
    ),
    ...(known.vm.startsWith("agent-vm") ? [] : word(known.vm, "<vm>")),
  ];
}

/** What stands for a name of ours, also for one that is too short or too common to be looked for in a text. */
export function standInOf(known: Known, what: "workspace" | "branch" | "repo", name: string): string {
  const key = { workspace: "dir", branch: "branch", repo: "repoName" } as const;
  const all = [...new Set(known.workspaces.map((one) => one[key[what]]))];
  return `<${what}-${all.indexOf(name) + 1 || "?"}>`;
}
