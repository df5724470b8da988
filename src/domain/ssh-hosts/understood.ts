// Whether this host's ssh understands our hosts: one word that it does not know would end every ssh of the user.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitizeLines } from "../../guard/sanitize.ts";
import { writeWhole } from "../../io/json-file.ts";
import { hostAlias, hostsText } from "./hosts.ts";

const LIMIT = 30_000;

/** Throws UserError (3) when it does not, before anything includes them. */
export async function requireUnderstood({ paths, run }: Pick<Context, "paths" | "run">): Promise<void> {
  const sample = join(paths.sharedState, "ssh-sample");
  await writeWhole(sample, hostsText(paths, { port: 22, identityFile: "/key" }, ["sample"]));
  try {
    const argv = ["ssh", "-G", "-F", sample, "--", hostAlias(paths.vm, "sample")];
    const { code, stderr } = await run(argv, { ok: "any", timeout: LIMIT });
    if (code === 0) return;
    throw new UserError(
      "This host's ssh does not understand these hosts, and would refuse all others, too.",
      {
        details: sanitizeLines(stderr).filter(Boolean).slice(0, 5),
        hint: "It takes OpenSSH 8.5 or newer (ssh -V); until then use: agent-vm ssh <branch>",
        exit: EXIT.notReady,
      },
    );
  } finally {
    await rm(sample, { force: true });
  }
}
