// One setting from four places, and what a setting cannot be.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadSettings } from "../../../src/domain/load-settings.ts";
import { EXIT } from "../../../src/errors.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-vm-settings-"));
  file = join(directory, "config.yaml");
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (text: string) => writeFileSync(file, text);
const usage = (...details: unknown[]) =>
  expect.objectContaining({ name: "UserError", exit: EXIT.usage, details, hint: expect.any(String) });

test("without anything the defaults hold", async () => {
  expect(await loadSettings(file, {}, {})).toMatchObject({ accel: "auto", image: "auto", fetch_limit: 4 });
});

describe("precedence:", () => {
  const ENV = { AGENT_VM_MEMORY: "6", AGENT_VM_VCPU: "3", AGENT_VM_ACCEL: "kvm", AGENT_VM_IMAGE: "build" };
  beforeEach(() => write("memory: 4\nvcpu: 2\ndisk: 50\naccel: tcg\n"));

  test("the file beats the defaults", async () => {
    expect(await loadSettings(file, {}, {})).toMatchObject({
      memory: 4,
      vcpu: 2,
      disk: 50,
      accel: "tcg",
      image: "auto",
    });
  });

  test("the environment beats the file", async () => {
    expect(await loadSettings(file, ENV, {})).toMatchObject({
      memory: 6,
      vcpu: 3,
      disk: 50,
      accel: "kvm",
      image: "build",
    });
  });

  test("flags beat all", async () => {
    const flags = { memory: 8, accel: "auto", image: "/srv/disk.qcow2" };
    expect(await loadSettings(file, ENV, flags)).toMatchObject({ ...flags, vcpu: 3, disk: 50 });
  });

  test("an empty variable and an absent flag say nothing", async () => {
    const found = await loadSettings(
      file,
      { AGENT_VM_MEMORY: "", AGENT_VM_ACCEL: "" },
      { memory: undefined },
    );
    expect(found).toMatchObject({ memory: 4, accel: "tcg" });
  });

  test("flags of other kinds are no settings", async () => {
    expect(await loadSettings(file, {}, { yes: true, vm: "x" })).toMatchObject({ memory: 4 });
  });
});

describe("refused as wrong usage, by name:", () => {
  test.each([
    ["an unknown key", "memroy: 4\n", /config.yaml:1: "memroy" is no setting; did you mean "memory"\?$/],
    [
      "a number out of its limits",
      "# mine\nmemory: 0\n",
      /config.yaml:2: memory cannot be 0: it can be a whole number from 1 to 128$/,
    ],
    ["a fraction", "vcpu: 1.5\n", /:1: vcpu cannot be 1.5: /],
    ["a number as text", 'memory: "4"\n', /:1: memory cannot be "4": /],
    ["a disk that is too small", "disk: 9\n", /:1: disk cannot be 9: /],
    ["an acceleration nobody knows", "accel: xen\n", /:1: accel cannot be "xen": it can be auto, .*kvm/],
    ["an empty image", 'image: ""\n', /:1: image cannot be "": /],
  ])("%s in the file", async (_name, text, detail) => {
    write(text);
    await expect(loadSettings(file, {}, {})).rejects.toEqual(usage(expect.stringMatching(detail)));
  });

  test.each([
    ["AGENT_VM_MEMORY", "8GB", /^AGENT_VM_MEMORY: memory cannot be "8GB": /],
    ["AGENT_VM_MEMORY", "129", /^AGENT_VM_MEMORY: memory cannot be 129: /],
    ["AGENT_VM_VCPU", "1e1", /^AGENT_VM_VCPU: vcpu cannot be "1e1": /],
    ["AGENT_VM_DISK", "-1", /^AGENT_VM_DISK: disk cannot be "-1": /],
    ["AGENT_VM_ACCEL", "KVM", /^AGENT_VM_ACCEL: accel cannot be "KVM": /],
  ])("%s=%s in the environment", async (name, text, detail) => {
    await expect(loadSettings(file, { [name]: text }, {})).rejects.toEqual(
      usage(expect.stringMatching(detail)),
    );
  });

  test("two wrong values are both named", async () => {
    write("memory: 0\nvcpu: 0\n");
    const both = usage(expect.stringMatching(/:1: memory /), expect.stringMatching(/:2: vcpu /));
    await expect(loadSettings(file, {}, {})).rejects.toEqual(both);
  });

  test.each(["memory: [", "memory: 4\nmemory: 5\n", "\tmemory: 4\n", "a: b: c\n"])(
    "no YAML: %j",
    async (text) => {
      write(text);
      await expect(loadSettings(file, {}, {})).rejects.toMatchObject({
        message: `${file} is not valid YAML.`,
        exit: EXIT.usage,
      });
    },
  );

  test.each(["42\n", "memory\n", "- memory: 4\n", "true\n"])(
    "YAML that holds no settings: %j",
    async (text) => {
      write(text);
      await expect(loadSettings(file, {}, {})).rejects.toMatchObject({
        message: `${file} holds no settings.`,
        exit: EXIT.usage,
      });
    },
  );

  test("a file that cannot be read", async () => {
    mkdirSync(file);
    await expect(loadSettings(file, {}, {})).rejects.toMatchObject({
      message: `${file} cannot be read.`,
      exit: EXIT.usage,
    });
  });
});

test.each(["", "# nothing yet\n", "---\n", "{}\n"])(
  "a file that says nothing changes nothing: %j",
  async (text) => {
    write(text);
    expect(await loadSettings(file, {}, {})).toMatchObject({ accel: "auto", image: "auto", fetch_limit: 4 });
  },
);

describe("the customs", () => {
  test("take rules from the file alone; one without a level asks", async () => {
    write('customs:\n  mute: [vscode, "toolchain:gradlew"]\n  add:\n    - path: "deploy/**"\n');
    const env = { AGENT_VM_CUSTOMS: "hook-folder" };
    expect((await loadSettings(file, env, { customs: { mute: ["hook-folder"] } })).customs).toEqual({
      mute: ["vscode", "toolchain:gradlew"],
      add: [{ path: "deploy/**", level: "AUTO" }],
    });
  });

  test.each([
    ["customs: {mute: ['No Rule']}", "customs.mute.0 cannot be"],
    ["customs: {add: [{path: /etc, level: AUTO}]}", "customs.add.0.path cannot be"],
    ["customs: {add: [{path: x, level: ALWAYS}]}", "customs.add.0.level cannot be"],
    ["customs: {off: true}", '"customs.off" is no setting'],
  ])("%s cannot be", async (text, where) => {
    write(`${text}\n`);
    await expect(loadSettings(file, {}, {})).rejects.toEqual(
      usage(expect.stringMatching(new RegExp(`config.yaml:1: ${where}`))),
    );
  });
});
