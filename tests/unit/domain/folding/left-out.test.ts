// How many branches of a workspace may be left out, on a disk where they would be one file.
import { expect, test, vi } from "vitest";
import { wouldBeOneFile } from "../../../../src/domain/folding/left-out.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";

vi.mock(import("../../../../src/domain/folding/refs.ts"), async (original) => ({
  ...(await original()),
  refsFold: () => true,
}));

const pairs = (count: number) => Array.from({ length: count }, (_, at) => [`b${at}`, `B${at}`]).flat();

test("a thousand are told; more is no work of people", () => {
  expect(wouldBeOneFile("/repo", pairs(1000))).toHaveLength(1000);
  expect(wouldBeOneFile("/repo", pairs(1000))[0]).toEqual({ name: "B0", other: "b0" });
  const many = () => wouldBeOneFile("/repo", pairs(1001));
  expect(many).toThrow(UserError);
  expect(many).toThrow(expect.objectContaining({ exit: EXIT.refused }));
});

test("one that would be a folder of what comes first is left out, and one of those before it", () => {
  expect(wouldBeOneFile("/repo", ["WORK/x", "feat", "Feat/y", "other"], ["work"])).toEqual([
    { name: "WORK/x", other: "work" },
    { name: "Feat/y", other: "feat" },
  ]);
});
