// A guest's network with the real firewall of the profile "guarded" in it, and programs of its accounts.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { profileFiles } from "../../src/domain/vm/profile-inputs.ts";

export interface GuestNetwork {
  /** Puts the firewall in force, as the guest's boot does, or takes it away. */
  guard(on: boolean): Promise<void>;
  /** True when the command, run by the account, ended well. `extra`: what setpriv gives it. */
  does(account: Account, command: string, extra?: string): Promise<boolean>;
  remove(): void;
}

export type Account = "root" | "vmadmin" | "agent" | "container";

const UIDS: Record<Account, number> = { root: 0, vmadmin: 2000, agent: 1000, container: 60_001 };
/** A public network that the host is part of. */
const HOST_NETWORK = "198.51.100.0/24\n";

/** Why this machine cannot have one; undefined when it can. */
export function whyNoNetwork(): string | undefined {
  const table = "PATH=$PATH:/usr/sbin:/sbin nft add table inet probe";
  const { status, stderr, error } = spawnSync(
    "unshare",
    ["--user", "--map-root-user", "--map-auto", "--net", "sh", "-c", table],
    { encoding: "utf8" },
  );
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

export async function createGuestNetwork(): Promise<GuestNetwork> {
  const directory = mkdtempSync(join(tmpdir(), "guarded-"));
  for (const { path, content } of profileFiles(undefined).filter((file) => "content" in file))
    writeFileSync(join(directory, path), path === "host-networks4" ? HOST_NETWORK : content);
  const step = resolve(import.meta.dirname, "../../lima/provision/85-profile.sh");
  const here = (name: string) => resolve(import.meta.dirname, name);
  const shell = spawn("bash", [here("guest-network.sh"), step, directory, here("outside.mjs")], {
    env: { ...process.env, NODE: process.execPath },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let trouble = "";
  shell.stderr.on("data", (bytes) => (trouble += String(bytes)));
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the guest's network ended: ${trouble}`);
    return value as string;
  };
  if ((await next()) !== "ready") throw new Error(`no network: ${trouble}`);
  const does: GuestNetwork["does"] = async (account, command, extra = "") => {
    const uid = UIDS[account];
    shell.stdin.write(
      `--reuid ${uid} --regid ${uid} --clear-groups ${extra}|${command.replaceAll("\n", " ")}\n`,
    );
    return (await next()) === "code 0";
  };
  const rules = join(directory, "guard.nft");
  return {
    does,
    guard: async (on) => {
      const drop = "nft list table inet agent_vm && nft delete table inet agent_vm";
      const done = await does("root", on ? `nft --file ${rules}` : `${drop} || true`);
      if (!done) throw new Error("the firewall could not be changed");
    },
    remove: () => {
      shell.stdin.end();
      shell.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
