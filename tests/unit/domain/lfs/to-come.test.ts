// Large files that a fetch would bring, as a dry run tells of them: in words, and in a JSON answer of its form.
import { expect, test } from "vitest";
import { fetchAnswer } from "../../../../src/domain/answers/work.ts";
import { toComeLines } from "../../../../src/domain/lfs/words.ts";
import type { Fetched } from "../../../../src/domain/sync/fetch/fetch.ts";
import { fetchJson } from "../../../../src/domain/sync/fetch/fetch-json.ts";

test.each([
  [undefined, null, []],
  ["unknown", null, [expect.stringContaining("It would bring large files (Git LFS)")]],
  [{ count: 0, bytes: 0 }, { count: 0, bytes: 0 }, []],
  [
    { count: 2, bytes: 21 },
    { count: 2, bytes: 21 },
    ["It would bring up to 2 large files (Git LFS), 21 bytes."],
  ],
] as const)("%j", (largeFiles, json, lines) => {
  const plan = { do: "nothing" } as const;
  const fetched = { workspace: { dir: "shop-work" }, verdict: { kind: "equal" }, plan, largeFiles } as const;
  const answer = fetchJson("work", fetched as unknown as Fetched, undefined);
  expect(fetchAnswer.parse(answer).largeFiles).toEqual(json);
  expect(toComeLines(largeFiles)).toEqual(lines);
});
