// Names that git, or a file system that folds them, takes for ".git".
import { expect, test } from "vitest";
import { meansGit } from "../../../../src/guard/sftp/names.ts";

const latin = (name: string) => Buffer.from(name, "utf8").toString("latin1");

test.each([
  ...[".git", ".GIT", ".Git", ".gIt", ".git ", ".git.", ".git . .", ".git::$INDEX_ALLOCATION", ".git:x"],
  ...["git~1", "GIT~2", "git~10", ".g\u200cit", "\ufeff.git", ".gi\u202et", ".git\u2060", ".g\u034fit"],
  ...["\uff0e\uff47\uff49\uff54", ".\u{1d420}it", ".g\u0130t", ".gi\u0307t", ".git\u00ad", "\u2024git"],
])("%j is one", (name) => expect(meansGit(latin(name))).toBe(true));

test.each([
  ...[
    "git",
    ".gitignore",
    ".gitattributes",
    ".gitmodules",
    ".github",
    "x.git",
    ".git2",
    "a.git",
    "git~",
    "git~x",
  ],
  ...["digit", "legit.ts", ".gi", "größe", "日本.git.txt", "..git", ".git-blame-ignore-revs", "\u0131git"],
])("%j is none", (name) => expect(meansGit(latin(name))).toBe(false));

test("bytes that are no text are none", () => expect(meansGit("\xff\xfe.gix")).toBe(false));

test("a long name takes no longer than it is long", () => {
  const since = process.cpuUsage();
  expect(meansGit(`${". ".repeat(250_000)}git`)).toBe(false);
  expect(process.cpuUsage(since).user / 1000).toBeLessThan(2000);
});
