// The README's first command and a day's work on a machine that has nothing installed. Each account has a file of its own,
// so that one need not wait for the other.
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";

const RUN = fileURLToPath(new URL("run.sh", import.meta.url));

const VARIABLES = {
  /** The VM's software has tests of its own, with the same sources. */
  AGENT_VM_WITHOUT: "tools,containers,nested,python,node,agents,releases",
  /** Beside other VMs: a second processor, which emulation may let down in a boot, and memory would be theirs. */
  AGENT_VM_VCPU: "1",
  AGENT_VM_MEMORY: "2",
};

export function firstDay(who: "root" | "user"): void {
  test(`a fresh machine, as ${who}`, async () => {
    const { exitCode } = await execa(RUN, [who, "tests/fresh/first-day.sh"], {
      env: VARIABLES,
      reject: false,
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    });
    expect(exitCode).toBe(0);
  });
}
