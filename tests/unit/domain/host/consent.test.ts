// Nothing is installed without consent.
import { expect, test } from "vitest";
import { consent } from "../../../../src/domain/host/consent.ts";
import { UserError } from "../../../../src/errors.ts";

const plan = { steps: [{ kind: "packages" as const, names: ["sshfs"] }] };
const out = {
  answer() {},
  say() {},
  warn() {},
  detail() {},
  step: () => ({ update() {}, done() {}, failed() {} }),
};
const ctx = (yes: boolean, answer?: boolean) => ({
  flags: { yes },
  out,
  confirm: { possible: answer !== undefined, ask: async () => answer === true },
});

test("--yes and a terminal's yes are consent", async () => {
  await consent(ctx(true), plan);
  await consent(ctx(false, true), plan);
});

test.each([
  ["without a terminal", ctx(false)],
  ["after a no", ctx(false, false)],
])("%s the steps are listed and nothing is done", async (_name, host) => {
  const error = await consent(host, plan).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ exit: 3, details: ["These steps make it ready:", "  install sshfs"] });
});
