// Tables fit into the terminal; where there is none nothing is cut.
import { expect, test } from "vitest";
import { fitted, table } from "../../../src/io/table.ts";

const HEAD = ["BRANCH", "VERDICT", "DIRECTORY"];
const ROWS = [["feature/x", "workspace ahead 3", "my-project-feature-x-with-a-long-name"]];

test("without a terminal a row stays whole", () => {
  expect(table(HEAD, ROWS)).toContain("my-project-feature-x-with-a-long-name");
});

test("columns stand under each other, also of wide characters and cells of several lines", () => {
  expect(
    table(
      ["A", "B", "C"],
      [
        ["漢字", "one\ntwo", "x"],
        ["1", "", "long"],
      ],
    ).split("\n"),
  ).toEqual(["A     B    C", "漢字  one  x", "      two", "1          long"]);
});

test.each([40, 60, 80])("%i columns are enough", (columns) => {
  const lines = table(HEAD, [...ROWS, ["漢字", "漢字漢字漢字漢字漢字漢字", "two\nlines"]], columns).split(
    "\n",
  );
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  expect(lines.join("\n")).toContain("feature/x");
});

test("the widest give first, the first column nothing, and none becomes nothing", () => {
  expect(fitted([9, 17, 37], 80)).toEqual([9, 17, 37]);
  expect(fitted([9, 17, 37], 60)).toEqual([9, 17, 30]);
  expect(fitted([9, 17, 37], 40)).toEqual([9, 13, 14]);
  expect(fitted([9, 17, 37], 10)).toEqual([9, 6, 6]);
});
