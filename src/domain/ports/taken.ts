// Whether a port of this host's loopback is free, and who has it.
import { createServer } from "node:net";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";

export type Refusal = "taken" | "not permitted";

/** Undefined when it can be listened on. */
export function refusalOf(port: number): Promise<Refusal | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "EACCES" ? "not permitted" : "taken"),
    );
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** "node (process 4711)"; undefined when the system does not say, as of another user's. */
export async function ownerOf(
  ctx: Pick<Context, "run" | "platform">,
  port: number,
): Promise<string | undefined> {
  const [file, ...args] =
    ctx.platform === "darwin"
      ? ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]
      : ["ss", "-Hltnp", `sport = :${port}`];
  const found = await ctx.run([file ?? "", ...args], { ok: "any", timeout: 5000 }).catch(() => undefined);
  return found && (ctx.platform === "darwin" ? ownerInLsof(found.stdout) : ownerInSs(found.stdout));
}

const owner = (program: string, pid: string) => `${sanitize(program, 40)} (process ${pid})`;

/** `… users:(("node",pid=4711,fd=20))` */
export function ownerInSs(said: string): string | undefined {
  const [, program, pid] = /users:\(\("([^"]*)",pid=(\d+)/.exec(said) ?? [];
  return program !== undefined && pid !== undefined ? owner(program, pid) : undefined;
}

/** One field a line: `p4711`, `cnode`. */
export function ownerInLsof(said: string): string | undefined {
  const [pid, program] = [/^p(\d+)$/m, /^c(.+)$/m].map((pattern) => pattern.exec(said)?.[1]);
  return program !== undefined && pid !== undefined ? owner(program, pid) : undefined;
}
