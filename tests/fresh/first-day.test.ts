// The README's first command and a day's work on machines that have nothing installed, as root and as an ordinary user.
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";

const RUN = fileURLToPath(new URL("run.sh", import.meta.url));

/** The VM's software has tests of its own, with the same sources. */
const WITHOUT = "tools,containers,nested,python,node,agents,releases";

test.each(["root", "user"])("a fresh machine, as %s", async (who) => {
  const { exitCode } = await execa(RUN, [who, "tests/fresh/first-day.sh"], {
    env: { AGENT_VM_WITHOUT: WITHOUT },
    reject: false,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  expect(exitCode).toBe(0);
});
