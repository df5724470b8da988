// When a provisioning step is due: the stamp in the guest against a hash of script and inputs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  agentUid,
  baseHash,
  dueSteps,
  type Inputs,
  inTwo,
  lackedByBase,
  makeStep,
  STEPS,
  type Step,
  type StepDefinition,
} from "../../../../src/domain/vm/steps.ts";
import { ROOT } from "../../sources.ts";

const inputs: Inputs = {
  ca: [],
  mirrors: [],
  aptCore: [{ path: "packages", content: "git\ntmux\n" }],
  aptPackages: [],
  aptContainers: [],
  aptNested: [],
  limactl: [],
  npmPackages: [],
  pythonPackages: [],
  versions: [],
  agentUid: [{ path: "agent-uid", content: "2001" }],
  authorizedKeys: [{ path: "authorized_keys", content: "ssh-ed25519 AAAA\n" }],
  home: [],
  proxy: [{ path: "proxy", content: "" }],
  profile: [{ path: "profile", content: "guarded" }],
  vmName: [{ path: "vm-name", content: "agent-vm" }],
};
const step: StepDefinition = {
  name: "50-accounts",
  directory: "lima/provision",
  title: "accounts",
  lane: "begin",
  inputs: ["agentUid", "aptCore"],
};
const hash = (script: string, changed: Partial<Inputs> = {}, definition = step) =>
  makeStep(definition, script, { ...inputs, ...changed }).hash;

describe("a step's hash", () => {
  test("is 64 hexadecimal digits and the same for the same step", () => {
    expect(hash("true")).toMatch(/^[0-9a-f]{64}$/);
    expect(hash("true")).toBe(hash("true"));
  });

  test.each<[string, string, Partial<Inputs>]>([
    ["the script", "false", {}],
    ["an input's content", "true", { agentUid: [{ path: "agent-uid", content: "2002" }] }],
    ["an input's name", "true", { agentUid: [{ path: "uid", content: "2001" }] }],
    ["one more input", "true", { aptCore: [...inputs.aptCore, { path: "more", content: "" }] }],
    ["one input less", "true", { aptCore: [] }],
    [
      "bytes that moved from one input to another",
      "true",
      { agentUid: [{ path: "agent-uid", content: "" }] },
    ],
  ])("changes with %s", (_name, script, changed) => expect(hash(script, changed)).not.toBe(hash("true")));

  test("does not change with inputs of other steps", () => {
    expect(hash("true", { ca: [{ path: "ca/host-000.crt", content: "x" }] })).toBe(hash("true"));
  });

  test("takes bytes and text alike", () => {
    const aptCore = [{ path: "packages", content: Buffer.from("git\ntmux\n") }];
    expect(hash("true", { aptCore })).toBe(hash("true"));
  });
});

test("a step carries the files it asks for and no others", () => {
  expect(makeStep(step, "true", inputs).files.map((file) => file.path)).toEqual(["agent-uid", "packages"]);
});

describe("the base's hash", () => {
  const make = (lane: StepDefinition["lane"], script: string) => makeStep({ ...step, lane }, script, inputs);
  const base = [make("begin", "one"), make("agents", "two")];

  test("changes with what is installed", () => {
    expect(baseHash([make("begin", "one"), make("agents", "other")])).not.toBe(baseHash(base));
    expect(baseHash([make("begin", "one")])).not.toBe(baseHash(base));
  });

  test("does not change with what each VM gets for itself", () => {
    expect(baseHash([...base, make("end", "three")])).toBe(baseHash(base));
  });
});

test("what an installer sources counts as its own text", () => {
  expect(makeStep(step, "true", inputs, "one").hash).not.toBe(makeStep(step, "true", inputs, "two").hash);
});

test("a file that is sent as it lies on the host counts by its id", () => {
  const of = (id: string) => hash("true", { agentUid: [{ path: "agent-uid", file: "/nowhere", id }] });
  expect(of("one")).toBe(of("one"));
  expect(of("one")).not.toBe(of("two"));
});

describe("due", () => {
  const make = (name: string): Step => makeStep({ ...step, name }, name, inputs);
  const steps = [make("10-a"), make("20-b"), make("30-c")];
  const names = (stamps: string) => dueSteps(steps, stamps).map((one) => one.definition.name);
  const stamp = (index: number) => `${steps[index]?.definition.name} ${steps[index]?.hash}`;

  test("is everything in a guest without stamps, in order", () => {
    expect(names("")).toEqual(["10-a", "20-b", "30-c"]);
  });

  test("is nothing when all stamps are there, in any order", () => {
    expect(names([stamp(2), stamp(0), stamp(1)].join("\n"))).toEqual([]);
  });

  test("is what has another hash, even in the middle", () => {
    expect(names(`${stamp(0)}\n20-b ${"0".repeat(64)}\n${stamp(2)}\n`)).toEqual(["20-b"]);
  });

  test("another step's hash does not count", () => {
    expect(names(`10-a ${steps[1]?.hash}\n${stamp(1)}\n${stamp(2)}`)).toEqual(["10-a"]);
  });
});

describe("the order", () => {
  const all = STEPS.map((one) => makeStep(one, "", inputs));
  const names = (inUse: boolean) => inTwo(all, inUse).map((some) => some.map((one) => one.definition.name));

  test("in a new VM: the software, then what is its own", () => {
    expect(names(false)[1]).toEqual(["80-markers", "81-keys", "85-profile", "90-home"]);
  });

  test("in one that is in use: nothing runs the agent's programs before the rules for it are there", () => {
    const [first = [], then = []] = names(true);
    expect(first).toContain("85-profile");
    expect([...first, ...then].sort()).toEqual(all.map((one) => one.definition.name));
    const programs = STEPS.filter(({ directory }) => directory === "common/scripts").map(({ name }) => name);
    expect(then).toEqual([...programs, "90-home"]);
  });
});

describe("the steps", () => {
  test("have a script each and run in the order of their numbers", () => {
    const names = STEPS.map((one) => one.name);
    expect(names).toEqual([...names].sort());
    const missing = STEPS.filter((one) => !existsSync(join(ROOT, one.directory, `${one.name}.sh`)));
    expect(missing).toEqual([]);
  });

  test("have names that stand as stamps", () => {
    for (const { name } of STEPS) expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  test("that may fail are those that install, side by side", () => {
    for (const { lane, optional } of STEPS)
      expect(optional === true).toBe(lane === "debian" || lane === "agents");
  });

  test("begin with the one that makes the host keys lasting", () =>
    expect(STEPS[0]?.name).toBe("10-host-keys"));
});

test.each([0, 1000, 2000, 2001, 2002])(
  "the agent's uid is neither the host user's (%i) nor an odd one",
  (uid) => {
    expect(agentUid(uid)).not.toBe(uid);
    // vmadmin has 2000.
    expect(agentUid(uid)).toBeGreaterThan(2000);
  },
);

test("a base lacks what Debian or npm did not give, not what only some networks reach", () => {
  const spare = [
    { step: "63-python", name: "ruff" },
    { step: "72-releases", name: "hadolint" },
  ];
  expect(lackedByBase(spare)).toEqual([]);
  const needed = [
    { step: "60-tools", name: "step" },
    { step: "70-node", name: "node" },
    { step: "71-agents", name: "opencode-ai@1" },
    { step: "99-unknown", name: "x" },
  ];
  expect(lackedByBase([...spare, ...needed])).toEqual(needed);
});
