// The guest's first answer is read by an allowlist: anything else is an error and never a value.
import { expect, test } from "vitest";
import { parseEnsured } from "../../../../src/domain/sync/ensure.ts";
import { UserError } from "../../../../src/errors.ts";

const A = "a".repeat(40);
const join = (...words: string[]) => words.map((word) => `${word}\0`).join("");

test("the answer about a workspace says where its branch is and what it has of the host's", () => {
  expect(parseEnsured(join("missing"))).toMatchObject({ state: "missing" });
  expect(parseEnsured(join("missing", A, "12")).half).toEqual({ pack: A, bytes: 12 });
  for (const odd of [join("missing", "../x", "12"), join("missing", A, "-1"), join("missing", A)])
    expect(parseEnsured(odd).half).toBeUndefined();
  expect(parseEnsured(join("occupied"))).toMatchObject({ state: "occupied", refs: new Map() });
  expect(parseEnsured(join("occupied")).mark).toBeUndefined();
  expect(parseEnsured(join("occupied", "")).mark).toBe("");
  const whole = join(
    "present",
    A,
    `${A} refs/tags/v 1`,
    "=facts",
    "=locked",
    "=relation",
    "1\t2",
    "=synced",
    "no",
    "=done",
  );
  const found = parseEnsured(whole);
  expect(found).toMatchObject({ state: "present", tip: A, locked: true });
  expect(found.view).toEqual({ relation: { host: 1, workspace: 2 }, sinceSynced: false });
  expect([...found.refs]).toEqual([["refs/tags/v 1", A]]);
  const bare = parseEnsured(join("present", "", "=facts", "=done"));
  expect([bare.tip, bare.locked, bare.refs.size]).toEqual([undefined, false, 0]);
});

test.each([
  "",
  `missing`,
  join("maybe", A),
  join("present", A),
  join("present", A, "=facts"),
  join("present", "HEAD", "=facts", "=done"),
  join("present", A, "HEAD refs/tags/x", "=facts", "=done"),
  join("present", A, "=facts", "=relation", "x", "=done"),
  join("present", A, "=facts", "=odd", "x", "=done"),
  join("present", "=facts", "=done"),
  `present\0${A}`,
])("that is cut off or odd is refused: %j", (answer) => {
  expect(() => parseEnsured(answer)).toThrow(UserError);
});
