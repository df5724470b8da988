// Whether the VM can run on the processor itself (KVM, Apple's hypervisor) or must be emulated.
import { accountArgv } from "../../adapters/account.ts";
import { kvmProbe } from "../../adapters/qemu.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { exists, searchPath } from "../../io/which.ts";
import type { Acceleration } from "../acceleration-kinds.ts";

type Host = Pick<Context, "run" | "uid" | "env" | "platform" | "arch">;

export interface Chosen {
  accel: "kvm" | "tcg" | "hvf";
  why: string;
}

/**
 * What QEMU will really use: KVM only if the account that runs QEMU can open it and set up a processor with it.
 * Throws UserError (3) when KVM was asked for and cannot be had.
 */
export async function usableAcceleration(host: Host, wanted: Acceleration): Promise<Chosen> {
  if (host.platform === "darwin") return { accel: "hvf", why: "macOS brings its own hypervisor" };
  if (wanted === "tcg") return { accel: "tcg", why: "emulation was asked for" };
  const obstacle = await kvmObstacle(host);
  if (obstacle === undefined) return { accel: "kvm", why: "/dev/kvm works" };
  if (wanted === "auto") return { accel: "tcg", why: obstacle };
  throw new UserError(`KVM cannot be used: ${obstacle}.`, {
    hint: "Look at /dev/kvm's permissions with: ls -l /dev/kvm — or use emulation: --accel tcg",
    exit: EXIT.notReady,
  });
}

/** Why KVM cannot be used by the account that runs QEMU; undefined when it can. */
export async function kvmObstacle(host: Host): Promise<string | undefined> {
  if (!(await exists("/dev/kvm"))) return "this host has no /dev/kvm";
  const as = (argv: readonly string[]) =>
    accountArgv(host.uid, argv, { PATH: searchPath(host.env), HOME: "/" });
  const opened = await host.run(as(["sh", "-c", "exec 3<>/dev/kvm"]), { ok: "any" });
  if (opened.code !== 0) return "the account that runs QEMU may not open /dev/kvm";
  try {
    const options = { ok: "any" as const, input: "quit\n", timeout: 10_000 };
    const { code } = await host.run(as(kvmProbe(host.arch)), options);
    return code === 0 ? undefined : "QEMU cannot run a processor on this host's KVM";
  } catch (error) {
    if (error instanceof ToolError) return "QEMU gets no answer from this host's KVM";
    throw error;
  }
}
