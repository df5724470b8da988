import { describe, expect, test } from "vitest";
import { throughLinks } from "../../../../src/domain/customs/through-links.ts";
import { changeOf, classify, nothing } from "./a-change.ts";

const asked = (path: string) => path === ".npmrc" || path === ".husky" || path.startsWith(".husky/");
const of = (links: Record<string, string>, path: string) =>
  throughLinks(new Map(Object.entries(links)), asked)(path).sort();

describe("a path is by links", () => {
  test.each<[string, Record<string, string>, string, string[]]>([
    ["the file itself", { ".npmrc": "conf/npm" }, "conf/npm", [".npmrc"]],
    ["a file below a directory", { ".husky": "./tools//husky/" }, "tools/husky/_/x", [".husky/_/x"]],
    ["in other letters", { ".NPMRC": "Conf/npm" }, "conf/npm", [".npmrc"]],
    ["over several", { ".npmrc": "a/b", "a/b": "../c" }, "c", [".npmrc"]],
    ["a link on the way", { ".npmrc": "a/b", "a/b": "../c" }, "a/b", [".npmrc"]],
    ["a directory on the way", { ".npmrc": "a/n", a: "x" }, "x/n", [".npmrc"]],
    ["that directory's link", { ".npmrc": "a/n", a: "x" }, "a", [".npmrc"]],
    ["a link in such a directory", { ".husky": "h", "h/pre-push": "../s.sh" }, "s.sh", [".husky/pre-push"]],
    ["nothing where nobody asks", { docs: "conf" }, "conf/npm", []],
    ["nothing beside it", { ".npmrc": "conf/npm" }, "conf/npm2", []],
    ["nothing outside", { ".npmrc": "../conf/npm" }, "conf/npm", []],
  ])("%s", (_, links, path, names) => expect(of(links, path)).toEqual(names));

  test("all of the tree", () => expect(of({ ".husky": "." }, "post-merge")).toContain(".husky/post-merge"));

  test("without an end in circles, however many", () => {
    const links = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`.husky/l${at}`, ".."]));
    const began = process.cpuUsage();
    expect(of({ ".husky": ".", ".npmrc": ".npmrc", a: ".", b: ".", ...links }, "x").length).toBeGreaterThan(
      0,
    );
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(5000);
  });
});

test("what a link of the tree makes it is asked about, and said", () => {
  const links = new Map([[".npmrc", "conf/npm.txt"]]);
  const findings = classify([changeOf("conf/npm.txt")], nothing, { add: [], mute: [] }, links);
  expect(findings).toMatchObject([
    { rule: "package-manager", path: "conf/npm.txt", as: ".npmrc", asks: true },
  ]);
  const mute = ["package-manager:.npmrc"];
  expect(classify([changeOf("conf/npm.txt")], nothing, { add: [], mute }, links)).toEqual([]);
});
