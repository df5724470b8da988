import { expect, test } from "vitest";
import { type Asked, readHead } from "../../../../src/domain/copy/head.ts";
import { UserError } from "../../../../src/errors.ts";

const asked = (...paths: string[]): Asked => ({ paths, dir: "shop-work", branch: "work" });
const head = (...fields: (string | number)[]) => fields.map((field) => `${field}\0`).join("");
const refusal = (text: string, of: Asked) => {
  try {
    return readHead(text, of);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
};

test("is read when all of it is there, and no further", () => {
  const text = head("ok", 10, 2, 2, 0, "a", "/w/a", 1, "b", "/w/b");
  const rest = "\0rest";
  for (let end = 0; end < text.length; end += 1)
    expect(readHead(text.slice(0, end), asked("a", "b"))).toBeUndefined();
  expect(readHead(text + rest, asked("a", "b"))).toEqual({
    head: {
      bytes: 10,
      members: 2,
      sources: [
        { name: "a", real: "/w/a" },
        { name: "b", real: "/w/b" },
      ],
    },
    length: text.length,
  });
});

test("a source has the name that was asked for, whatever the VM says", () => {
  expect(readHead(head("ok", 1, 1, 1, 0, "evil", "/w/a"), asked("d/a"))?.head.sources[0]?.name).toBe("a");
  expect(readHead(head("ok", 1, 1, 1, 0, "evil", "/w"), asked(""))?.head.sources[0]?.name).toBe("shop-work");
  expect(readHead(head("ok", 1, 1, 1, 0, "evil", "/w"), asked("d/."))?.head.sources[0]?.name).toBe("");
  expect(readHead(head("ok", 1, 1, 1, 0, "x.log", "/w"), asked("*.log"))?.head.sources[0]?.name).toBe(
    "x.log",
  );
});

test.each([
  ["another name than the pattern's", head("ok", 1, 1, 1, 0, ".bashrc", "/w"), asked("*")],
  ["a path", head("ok", 1, 1, 1, 0, "../x", "/w"), asked("*")],
  ["git's directory", head("ok", 1, 1, 1, 0, ".git", "/w"), asked(".*")],
  ["a name twice", head("ok", 1, 1, 2, 0, "x", "/w", 0, "x", "/v"), asked("*")],
  ["more than was asked for", head("ok", 1, 1, 2, 0, "a", "/w", 0, "a", "/v"), asked("a")],
  ["a directory's content twice", head("ok", 1, 1, 2, 0, "", "/w", 0, "", "/v"), asked("d/.")],
  ["less", head("ok", 1, 1, 1, 0, "a", "/w"), asked("a", "b")],
  ["an argument that is none", head("ok", 1, 1, 1, 7, "a", "/w"), asked("a")],
  ["no number", head("ok", "-1", 1, 1), asked("a")],
  ["a missing one", head("missing", 0), asked("a")],
  ["a workspace that is gone", head("gone"), asked("a")],
  ["another word", head("hello"), asked("a")],
])("refuses %s", (_name, text, of) => expect(typeof refusal(text, of)).toBe("string"));
