// 246 pairs of repository and branch that a careless mapping would mix up, hand to a shell or put somewhere else.
import { createHash } from "node:crypto";
import { type BranchName, workspaceDir } from "../../../../src/domain/workspace/names.ts";

export interface HostilePair {
  /** The repository's directory name. */
  repo: string;
  /** Which clone of that name. */
  clone: number;
  branch: string;
}

/** A made-up id for a clone, always the same. */
export const idOf = ({ repo, clone }: Pick<HostilePair, "repo" | "clone">): string =>
  createHash("sha256").update(`${clone}\0${repo}`).digest("hex").slice(0, 32);

const inRepo = (repo: string, branches: readonly string[], clone = 0): HostilePair[] =>
  branches.map((branch) => ({ repo, clone, branch }));

const SEPARATORS = [
  ...["feature/a", "feature-a", "feature_a", "feature.a", "feature--a", "feature/-a", "feature-/a"],
  ...["feature+a", "feature,a", "feature=a", "feature@a", "feature-.a", "feature/a-b", "feature-a/b"],
  ...["feature/a/b", "feature-a-b", "a-", "a--", "a-/b", "a/b-", "_a"],
];

const CASES = [
  ...["Feature/A", "FEATURE/A", "feature/A", "Feature-A", "FEATURE-A", "feature-A", "main", "Main", "MAIN"],
  // A dotless and a dotted i, sharp s, long s, Kelvin: letters that folding case makes another one of.
  ...["ı", "İ", "i", "I", "ß", "ss", "ẞ", "ſ", "s", "K", "k", "K"],
];

const UNICODE = [
  // é in one and in two code points, Å as a letter and as ångström, a ligature, full width, Hangul both ways.
  ...["é", "e\u0301", "caf\u00e9", "cafe\u0301", "\u00c5", "A\u030a", "\u212b", "ﬁ", "fi", "ａｂ", "ab"],
  ...["\uac00", "\u1100\u1161", "ünïcode", "分支/功能", "分支-功能", "ветка", "a", "а", "פיתוח"],
  // Overrides and isolates of direction, zero width, invisible ones, line separators, tags.
  ...[
    "\u202eevil",
    "evil\u202e",
    "\u2066x\u2069",
    "\u200fx",
    "x",
    "x\u200b",
    "x\u200d",
    "x\ufeff",
    "\u2060x",
  ],
  ...["x\u00ad", "x\u2028y", "x\u2029y", "x\u0085y", "x\u00a0y", "x\u3000y", "x\u{e0041}"],
  ...["🦊", "🦊🦊", "👩‍💻", "👩💻", "🇩🇪", "🦊".repeat(60)],
];

const SHELL = [
  ...["a;id", "a;id;", "$(id)", "`id`", "$id", "${IFS}", "a|id", "a&id", "a&&id", "a||id", "a>x", "a<x"],
  ...["$(touch${IFS}fired)", "`touch${IFS}fired`", "x;touch${IFS}fired;#", "x|touch${IFS}fired"],
  ...["x'$(touch${IFS}fired)'", 'x"$(touch${IFS}fired)"', "'", '"', "''", '"\'"', "it's", 'say"hi"'],
  ...["{a,b}", "(x)", "((x))", "$((1))", "#x", "!x", "!!", "a!b", "%2e", "%2e%2e", "%2f", "%00", "%"],
  ...["a=b", "+x", "@", "@@", "a@b", "@/x", "$@", "$#", "$$", "]", "}"],
];

const MEANING = [
  ...["con", "CON", "nul", "aux", "prn", "com1", "lpt1", "con.txt", "nul/x", "FETCH_HEAD", "MERGE_HEAD"],
  ...[
    "ORIG_HEAD",
    "head",
    "Head",
    "refs/heads/x",
    "refs/x",
    "heads/x",
    "refs/heads/refs/heads/x",
    "origin/x",
  ],
  ...["remotes/x", "git", "x.git", "x.GIT", "x.git/y", "x.Lock", "x.LOCK", "x.lockx", "a.b"],
  ...["x.0123456789ab", "x.0123456789AB", "y.000000000000", "x.0123456789abc", "x.0123456789a"],
  ...["x-", "x--", "a".repeat(40)],
  ...["__proto__", "constructor", "deadbeef", "stash", "xn--caf-dma", "agent-vm", "x/agent-vm.trash.x"],
];

const LONG = [
  ...["l".repeat(90), "l".repeat(91), "l".repeat(100), "l".repeat(200), "l".repeat(201), "l".repeat(250)],
  ...[`${"l".repeat(200)}/a`, `${"l".repeat(200)}/b`, "p/".repeat(100).concat("q"), "é".repeat(120)],
];

const REPOSITORIES = [
  // The dash between the two can stand anywhere.
  ...inRepo("proj", ["a-b", "a-b-c", "b", "a"]),
  ...inRepo("proj-a", ["b", "b-c", "a"]),
  ...inRepo("proj-a-b", ["c"]),
  ...inRepo("Proj", ["a-b"]),
  ...inRepo("PROJ-A", ["b"]),
  // Clones of one name.
  ...inRepo("proj", ["a-b", "a/b"], 1),
  ...inRepo("proj", ["a-b", "a/b"], 2),
  // Names that only a directory can have.
  ...[
    "..",
    ".",
    ".hidden",
    "..x",
    "-x",
    "--upload-pack=x",
    "a b",
    " ",
    "x ",
    "x.",
    "x..y",
    "~",
    "~root",
    "*",
    "?",
    "[a]",
  ]
    .concat([
      "\\",
      "a\\b",
      "a\nb",
      "a\tb",
      "\u001b[31m",
      "é",
      "e\u0301",
      "项目",
      "🦊",
      "\u202ex",
      "$(id)",
      "`id`",
      "a;b",
    ])
    .concat([
      "it's",
      'a"b',
      "x.git",
      "x.lock",
      ".git",
      "repo",
      "HEAD",
      "con",
      "r".repeat(40),
      "r".repeat(41),
      "r".repeat(200),
    ])
    .concat(["x-y.0123456789ab", "", "%2e%2e", "a:b", "user@host", "ssh:"])
    .flatMap((repo) => inRepo(repo, ["work"])),
];

/** A branch of "q" whose plain name is just the hashed name of another pair. */
const POSING = inRepo("q", [
  workspaceDir(
    { repoName: "q", repoId: idOf({ repo: "q", clone: 0 }), branch: "a/b" as BranchName },
    () => false,
  ).slice(2),
  "a/b",
]);

const ALL = [
  ...[...SEPARATORS, ...CASES, ...UNICODE, ...SHELL, ...MEANING, ...LONG].flatMap((branch) =>
    inRepo("q", [branch]),
  ),
  ...POSING,
  ...REPOSITORIES,
];

/** Without the same pair twice: families overlap. */
export const HOSTILE_PAIRS: readonly HostilePair[] = [
  ...new Map(ALL.map((one) => [JSON.stringify(one), one])).values(),
];
