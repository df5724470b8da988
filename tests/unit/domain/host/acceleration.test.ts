// Which acceleration is used, as far as it does not depend on the host that runs the test.
import { expect, test } from "vitest";
import { usableAcceleration } from "../../../../src/domain/host/acceleration.ts";

const nothing = () => Promise.reject(new Error("nothing may run"));
const host = { run: nothing, uid: 1000, env: {}, platform: "linux", arch: "x64" } as const;

test("emulation that was asked for asks nothing", async () => {
  expect((await usableAcceleration(host, "tcg")).accel).toBe("tcg");
});

test("macOS uses its own hypervisor", async () => {
  expect((await usableAcceleration({ ...host, platform: "darwin" }, "auto")).accel).toBe("hvf");
});
