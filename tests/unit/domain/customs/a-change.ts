// Changes and hosts for the tests of the customs.
import { type Choices, classifier } from "../../../../src/domain/customs/classify.ts";
import type { Active, Change, Finding, Sample, Tool } from "../../../../src/domain/customs/rule.ts";

export const ZERO = "0".repeat(40);
const TOOLS: Record<Tool, true> = {
  vscode: true,
  jetbrains: true,
  zed: true,
  mise: true,
  "coding agents": true,
  "hook manager": true,
  "git drivers": true,
};

/** A host that has everything, and whose git configuration names `named`. */
export const everything = (named: readonly string[] = []): Active => ({
  named,
  tools: new Set(Object.keys(TOOLS) as Tool[]),
});
export const nothing: Active = { named: [], tools: new Set() };

/** A new file with that path, unless the sample says more. */
export function changeOf(sample: Sample): Change {
  const more = typeof sample === "string" ? { path: sample } : sample;
  return {
    commit: "c".repeat(40),
    mode: "100644",
    oid: "b".repeat(40),
    before: [{ mode: "000000", oid: ZERO }],
    size: 100,
    ...more,
  };
}

export const namedIn = (sample: Sample): readonly string[] =>
  typeof sample === "string" ? [] : (sample.named ?? []);

export function classify(
  changes: readonly Change[],
  active: Active,
  choices: Choices,
  links?: ReadonlyMap<string, string>,
): Finding[] {
  const { take, end } = classifier(active, choices, links);
  for (const change of changes) take(change);
  return end().findings;
}
