// The system account that runs limactl and QEMU for root: is it there, has it its directories and KVM?
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ACCOUNT, accountArgv } from "../../adapters/account.ts";
import type { Context } from "../../context.ts";
import { searchPath } from "../../io/which.ts";
import type { HostFacts } from "./facts.ts";

type AccountFacts = Pick<HostFacts, "account" | "directories" | "kvmGroup">;

export async function accountFacts(ctx: Context): Promise<AccountFacts> {
  const { code, stdout } = await ctx.run(["id", "-u", ACCOUNT], { ok: "any" });
  const uid = code === 0 ? Number(stdout.trim()) : undefined;
  const kvmGroup = await missingKvmGroup(uid !== undefined && ctx);
  return {
    account: uid !== undefined,
    directories: uid !== undefined && (await directoriesReady(ctx, uid)),
    kvmGroup,
  };
}

async function directoriesReady(ctx: Context, uid: number): Promise<boolean> {
  const { limaHome, cache } = ctx.paths;
  const own = await Promise.all(
    [dirname(limaHome), limaHome].map((path) => stat(path).catch(() => undefined)),
  );
  if (!own.every((entry) => entry?.uid === uid)) return false;
  // The account must get through every directory above, too.
  const reads = accountArgv(ctx.uid, ["test", "-r", cache, "-a", "-x", cache], { PATH: searchPath(ctx.env) });
  return (await ctx.run(reads, { ok: "any" })).code === 0;
}

/** The group that may use /dev/kvm, unless everybody may, nobody but root may, or the account is in it. */
async function missingKvmGroup(ctx: Context | false): Promise<string | undefined> {
  const device = await stat("/dev/kvm").catch(() => undefined);
  if (!device || device.gid === 0 || (device.mode & 0o066) !== 0o060) return undefined;
  const groups = await readFile("/etc/group", "utf8").catch(() => "");
  const group = groups
    .split("\n")
    .find((line) => line.split(":")[2] === String(device.gid))
    ?.split(":")[0];
  if (!group || !ctx) return group;
  const { stdout } = await ctx.run(["id", "-G", ACCOUNT], { ok: "any" });
  return stdout.trim().split(" ").includes(String(device.gid)) ? undefined : group;
}
