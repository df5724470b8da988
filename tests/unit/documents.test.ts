// The documents point at each other; each such link leads to a file that is there, and to a heading in it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./sources.ts";

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));

/** What stands in code is no link and no heading. */
const withoutCode = (text: string): string =>
  text.replace(/^( {4}|```)[^\n]*$/gm, "").replace(/`[^`\n]*`/g, "");

/** The anchor that GitHub gives a heading: lower case, without punctuation, a hyphen for each space. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

const anchorsOf = (path: string): readonly string[] =>
  [...readFileSync(join(ROOT, path), "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    anchor(heading),
  );

/** The relative links of a document that lead nowhere. */
function lost(document: string, text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = "", heading] = link.split("#", 2);
      const path = file === "" ? document : normalize(join(dirname(document), file));
      return !existsSync(join(ROOT, path)) || (heading !== undefined && !anchorsOf(path).includes(heading));
    });
}

describe("links between the documents", () => {
  test.each([...markdownIn("."), ...markdownIn("docs")])("%s", (document) => {
    expect(lost(document, readFileSync(join(ROOT, document), "utf8"))).toEqual([]);
  });

  test("one that leads nowhere is found", () => {
    expect(
      lost("README.md", "[a](docs/none.md) [b](#no-such-heading) [c](https://example.org) `[d](e)`"),
    ).toEqual(["docs/none.md", "#no-such-heading"]);
  });

  test("every document of docs/ is named in the README", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    expect(markdownIn("docs").filter((path) => !readme.includes(`](${path})`))).toEqual([]);
  });
});
