// What texts hide, and how git's raw diffs are read.
import { describe, expect, test } from "vitest";
import { changeReader } from "../../../../src/domain/customs/changes.ts";
import { hiddenIn, hiddenMore } from "../../../../src/domain/customs/content.ts";

describe("hidden in a text", () => {
  test.each([
    ["a\u202eb", { bidi: 1, escape: 0 }],
    ["a\u2066b\u2069c", { bidi: 2, escape: 0 }],
    ["a\u001b[31mb", { bidi: 0, escape: 1 }],
    ["a\u009b31mb", { bidi: 0, escape: 1 }],
    ["שלום, עולם – “x” … 日本", { bidi: 0, escape: 0 }],
    ["\0\u001b[31m", { bidi: 0, escape: 0 }],
  ])("%j", (text, hidden) => expect(hiddenIn(Buffer.from(text, "utf8"))).toEqual(hidden));

  test("counts only where it is more than before", () => {
    const one = { bidi: 0, escape: 1 };
    expect(hiddenMore(one, [])).toBe("escape");
    expect(hiddenMore(one, [one])).toBeUndefined();
    expect(hiddenMore({ bidi: 0, escape: 2 }, [one])).toBe("escape");
    expect(hiddenMore({ bidi: 1, escape: 2 }, [one])).toBe("bidi");
  });
});

describe("raw diffs", () => {
  const [c1, c2, a, b, z] = ["1", "2", "a", "b", "0"].map((digit) => digit.repeat(40));
  test("give each commit's paths, without those that go", () => {
    const raw = [
      c1,
      `:100644 100755 ${a} ${b} M`,
      "x y",
      `:100644 000000 ${a} ${z} D`,
      "gone",
      c2,
      `:000000 100644 ${z} ${a} A`,
      c1,
      "",
    ].join("\0");
    expect(changeReader()(raw.split("\0"))).toEqual([
      { path: "x y", commit: c1, mode: "100755", oid: b, before: [{ mode: "100644", oid: a }] },
      // A path that looks like a commit's id is a path.
      { path: c1, commit: c2, mode: "100644", oid: a, before: [{ mode: "000000", oid: z }] },
    ]);
  });

  test("come in pieces that end anywhere", () => {
    const read = changeReader();
    const entry = `:100644 100755 ${a} ${b} M`;
    expect([read([c1 ?? ""]), read([entry]), read(["x"])].flat()).toMatchObject([{ path: "x", commit: c1 }]);
  });

  test("of a merge give what none of its parents has", () => {
    const raw = [c1, `::100644 000000 100644 ${a} ${z} ${b} MA`, ":odd", ""].join("\0");
    expect(changeReader()(raw.split("\0"))).toEqual([
      {
        path: ":odd",
        commit: c1,
        mode: "100644",
        oid: b,
        before: [
          { mode: "100644", oid: a },
          { mode: "000000", oid: z },
        ],
      },
    ]);
  });
});
