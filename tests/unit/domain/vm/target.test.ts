// Whether the VM's shared connection lives: by a question that goes over it anyway, else by asking ssh.
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeRecord } from "../../../../src/domain/vm/record.ts";
import { livingTarget } from "../../../../src/domain/vm/target.ts";
import { contextIn, newHome } from "../workspace/a-host.ts";

let home: string;
let asked: string[];
beforeEach(() => {
  home = newHome();
  asked = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const context = (lives: boolean) => ({
  ...contextIn(home),
  run: async (argv: readonly string[]) => {
    asked.push(argv.includes("check") ? "ssh" : argv.join(" "));
    return { code: lives ? 0 : 255, stdout: "", stderr: "" };
  },
});
const record = (phase: "ready" | "pinned") =>
  writeRecord(context(true).paths, {
    ...{ phase, limaHome: "/", image: "x", accel: "tcg", vcpu: 1, memory: 1, disk: 1 },
    createdAt: "2026-01-01T00:00:00.000Z",
  });
const question = (answered: boolean) => async () => {
  asked.push("question");
  return answered;
};

test("an answer says that it does, and nothing else is asked", async () => {
  await record("ready");
  expect(await livingTarget(context(true), question(true))).toBeDefined();
  expect(asked).toEqual(["question"]);
});

test.each([true, false])("without an answer ssh is asked, and says %s", async (lives) => {
  await record("ready");
  expect((await livingTarget(context(lives), question(false))) !== undefined).toBe(lives);
  expect(asked).toEqual(["question", "ssh"]);
});

test("a VM that was never ready is not asked at all", async () => {
  await record("pinned");
  expect(await livingTarget(context(true), question(true))).toBeUndefined();
  expect(asked).toEqual([]);
});
