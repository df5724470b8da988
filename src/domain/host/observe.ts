// Looks at the host: which programs, versions, accounts and files are there. Changes nothing.
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { qemuSystem } from "../../adapters/qemu.ts";
import type { Context } from "../../context.ts";
import { exists, findProgram } from "../../io/which.ts";
import { kvmObstacle } from "./acceleration.ts";
import { findGo } from "./build-limactl.ts";
import { type HostFacts, parseOsRelease, parseSubordinate } from "./facts.ts";
import { locateLimactl } from "./limactl.ts";
import { accountFacts } from "./observe-account.ts";
import { parseVersion, type Version } from "./version.ts";

const PROGRAMS = [
  ...["qemu-img", "sshfs", "fusermount3", "ssh", "ssh-keygen", "git", "apt-get", "brew"],
  ...["mmdebstrap", "mkfs.ext4", "newuidmap"],
];

/** Where Lima looks for firmware, and Homebrew and Fedora put it. */
const FIRMWARE = {
  x64: [
    "/usr/share/OVMF/OVMF_CODE.fd",
    "/usr/share/OVMF/OVMF_CODE_4M.fd",
    "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
  ],
  arm64: ["/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"],
};

export async function observeHost(ctx: Context): Promise<HostFacts> {
  const names = [...PROGRAMS, qemuSystem(ctx.arch)];
  const paths = await Promise.all(names.map((name) => findProgram(name, ctx.env)));
  const programs = new Set(names.filter((_name, place) => paths[place] !== undefined));
  const root = ctx.uid === 0 && ctx.platform === "linux";
  const account = root ? await accountFacts(ctx) : { account: true, directories: true, kvmGroup: undefined };
  const limactl = await locateLimactl(ctx);
  const user = userName(ctx.uid);
  return {
    platform: ctx.platform,
    arch: ctx.arch,
    os: parseOsRelease(await text("/etc/os-release")),
    uid: ctx.uid,
    user,
    programs,
    firmware: await anyReadable(ctx.arch === "arm64" ? FIRMWARE.arm64 : FIRMWARE.x64),
    debianKeys: await exists("/usr/share/keyrings/debian-archive-keyring.gpg"),
    certificates: await anyReadable(["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/cert.pem"]),
    qemu: await qemuVersion(ctx, paths.at(-1)),
    kvm: account.account && ctx.platform === "linux" && (await kvmObstacle(ctx)) === undefined,
    limactl: limactl !== undefined,
    // Only asked where it matters: it costs as much as all the rest.
    go: limactl === undefined && (await findGo(ctx)) !== undefined,
    ...account,
    subordinate: parseSubordinate(await Promise.all(["/etc/subuid", "/etc/subgid"].map(text)), {
      user,
      uid: ctx.uid,
    }),
    backports: programs.has("apt-get") && (await knowsBackports(ctx)),
  };
}

async function qemuVersion(ctx: Context, path: string | undefined): Promise<Version | undefined> {
  if (!path) return undefined;
  const { code, stdout } = await ctx.run([path, "--version"], { ok: "any" });
  return code === 0 ? parseVersion(stdout) : undefined;
}

/** apt names the suites of its configured sources, be they fetched yet or not. */
async function knowsBackports(ctx: Context): Promise<boolean> {
  const { stdout } = await ctx.run(["apt-get", "indextargets", "--format", "$(RELEASE)"], { ok: "any" });
  return stdout.split("\n").includes("bookworm-backports");
}

const text = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

async function anyReadable(paths: readonly string[]): Promise<boolean> {
  return (await Promise.all(paths.map(exists))).some(Boolean);
}

function userName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    return String(uid);
  }
}
