// The README's first command and a day's work on machines that have nothing installed, as root and as an ordinary user.
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";

const RUN = fileURLToPath(new URL("run.sh", import.meta.url));

/** What comes from Debian alone is tested beside, and what cannot be reached from everywhere would fail `doctor`. */
const ROOTS = "tools,containers,nested,python,releases";
const USERS = `${ROOTS},node,agents`;

test.each([
  ["root", ROOTS],
  ["user", USERS],
])("a fresh machine, as %s", async (who, without) => {
  const { exitCode } = await execa(RUN, [who, "tests/fresh/first-day.sh"], {
    env: { AGENT_VM_WITHOUT: without },
    reject: false,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  expect(exitCode).toBe(0);
});
