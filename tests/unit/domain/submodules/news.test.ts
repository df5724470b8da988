// What a fetch says of submodules: a line where there is something to say, and the command that helps.
import { expect, test } from "vitest";
import { besideOwn, guestPath } from "../../../../src/domain/submodules/home/names.ts";
import { type News, newsLines } from "../../../../src/domain/submodules/home/news.ts";

const A = "a".repeat(40);
const news = (over: Partial<News>): string =>
  newsLines(
    [
      {
        path: "my lib",
        from: A,
        to: A,
        verdict: { kind: "workspace ahead", workspace: 2 },
        recorded: true,
        came: [],
        home: { directory: "/r/.git/modules/lib", gitDir: "/r/.git/modules/lib", refs: "refs/agent-vm/w/" },
        cloned: true,
        files: undefined,
        stays: false,
        former: false,
        ...over,
      },
    ],
    "agent-vm fetch x",
  ).join("|");

test("each has one line, or none", () => {
  expect(news({ recorded: false })).toBe("");
  expect(news({})).toBe("Submodule my lib: workspace ahead 2, at aaaaaaaaaa.");
  expect(news({ files: "followed" })).toContain("; its files followed.");
  expect(news({ files: { not: "it has uncommitted changes" } })).toContain(
    "stay, for it has uncommitted changes. They follow with: git submodule update -- 'my lib'",
  );
  expect(news({ recorded: false, came: ["a\u001b[2J"] })).toBe(
    "Submodule my lib: a^[[2J came, below refs/agent-vm/w/heads/ of its clone.",
  );
  expect(news({ cloned: false, verdict: undefined })).toContain(
    "new, at aaaaaaaaaa. This host has no clone of it; its commits are kept here below refs/agent-vm/w/. To have its files: git submodule update --init -- 'my lib', then agent-vm fetch x",
  );
  expect(news({ stays: true })).toContain("stay in the workspace");
});

test("any name has a place of its own, and is no part of a url but a name", () => {
  expect(besideOwn("w", "a")).not.toBe(besideOwn("w", "a/b"));
  expect(besideOwn("w", "a b;~^")).toMatch(/^refs\/agent-vm\/w\/submodules\/[0-9a-f]{12}\/$/);
  expect(guestPath("w", "a b/?#%=ü")).toBe("w/.git/modules/a%20b/%3F%23%25%3D%C3%BC");
});
