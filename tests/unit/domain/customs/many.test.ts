// As many findings as a large repository may have: none of the lists is searched once for each of them.
import { expect, test } from "vitest";
import { othersLines } from "../../../../src/domain/customs/report.ts";
import type { Finding } from "../../../../src/domain/customs/rule.ts";

const finding = (at: number): Finding =>
  ({ level: "EXEC", rule: "executable", path: `f${at}`, reason: "r", commit: "c", key: String(at) }) as never;

const search = () => {
  throw new Error("searched once for each finding");
};

test("a hundred thousand findings are told apart at once", () => {
  const findings = Array.from({ length: 100_000 }, (_, at) => finding(at));
  const asked = Object.assign(findings.slice(1), {
    includes: search,
    indexOf: search,
    some: search,
    find: search,
  });
  expect(othersLines({ findings, asked })).toEqual([expect.stringContaining("f0")]);
});
