// As many findings as a large repository may have: none of the lists is searched once for each of them.
import { expect, test } from "vitest";
import { classifier, together } from "../../../../src/domain/customs/classify.ts";
import { askedLines, othersLines } from "../../../../src/domain/customs/report.ts";
import type { Finding } from "../../../../src/domain/customs/rule.ts";
import { changeOf, everything } from "./a-change.ts";

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
  expect(othersLines({ findings, asked, more: { asked: 0, shown: new Map() } })).toEqual([
    expect.stringContaining("f0"),
  ]);
});

test("of more than are kept of a level the rest is counted, and hides nothing of another level", () => {
  const { take, end } = classifier(everything(["hooks/"]), { add: [], mute: [] });
  for (let at = 0; at < 20_002; at += 1) take(changeOf({ path: `f${at}`, mode: "100755" }));
  for (let at = 0; at < 20_003; at += 1) take(changeOf(`hooks/${at}`));
  take(changeOf(".github/workflows/ci.yml"));
  take(changeOf({ path: "f0", mode: "100755", commit: "1".repeat(40) }));
  const { findings, more } = end();
  expect(findings).toHaveLength(40_001);
  expect(more).toEqual({ asked: 3, shown: new Map([["EXEC", 2]]) });
  // The oldest commit that has it, also when no more is kept.
  expect(findings.find(({ path }) => path === "f0")?.commit).toBe("1".repeat(40));
  const asked = findings.filter(({ asks }) => asks);
  const one = { findings, asked, more, unread: 0 };
  expect(askedLines(one).at(-1)).toBe("… and 19983 more");
  expect(othersLines(one)).toEqual([
    expect.stringContaining("ci.yml"),
    expect.stringContaining("and 19998 more"),
  ]);
  expect(together(one, one).more).toMatchObject({ asked: 6 });
});
