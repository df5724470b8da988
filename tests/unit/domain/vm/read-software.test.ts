// What a VM should have, by the lists and the user's settings.
import { expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { agentPackages, readWanted } from "../../../../src/domain/vm/read-software.ts";
import { ROOT } from "../../sources.ts";

const wanting = (settings: object) =>
  ({ programDir: ROOT, arch: "x64", settings: { without: [], ...settings } }) as unknown as Context;
const names = async (settings: object) => (await readWanted(wanting(settings))).map(({ name }) => name);

test("a part that is left out is not missed, and leaves the others", async () => {
  expect(await names({})).toEqual(expect.arrayContaining(["node", "hadolint", "ruff"]));
  expect(await names({ without: ["releases"] })).toContain("node");
  expect(await names({ without: ["releases"] })).not.toContain("hadolint");
  expect(await names({ without: ["node"] })).toContain("hadolint");
  expect(await names({ without: ["node"] })).not.toContain("npm");
});

test("the user's own packages are wanted, in an exact version alone", async () => {
  const packages = { apt: ["sl"], npm: ["pnpm@^9", "tsx@4.1.0", "@x/y"], python: ["black[d]==24.1", "tox"] };
  const wanted = await readWanted(wanting({ packages }));
  expect(wanted).toEqual(
    expect.arrayContaining([
      { kind: "apt", name: "sl" },
      { kind: "npm", name: "pnpm" },
      { kind: "npm", name: "tsx", version: "4.1.0" },
      { kind: "npm", name: "@x/y" },
      { kind: "python", name: "black", version: "24.1" },
      { kind: "python", name: "tox" },
    ]),
  );
});

test("only our own agents are taken to their newest version", async () => {
  const packages = { apt: [], npm: ["pnpm@9.0.0"], python: [] };
  const agents = await agentPackages(wanting({ packages }));
  expect(agents).toContain("@anthropic-ai/claude-code");
  expect(agents).not.toContain("pnpm");
});
