// Lima's command line: arguments, exit codes and the form of its answers. No decisions.
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import type { Run, RunOptions } from "../io/run.ts";
import { accountArgv } from "./account.ts";

const instanceSchema = z.object({
  name: z.string(),
  /** Running | Stopped | Broken | Uninitialized | Installing | "" (its YAML cannot be loaded). */
  status: z.string(),
  dir: z.string(),
  /** 0 before the first start; the last one's after a stop. */
  port: z.number(),
});

export type Instance = z.infer<typeof instanceSchema>;

export interface Lima {
  run: Run;
  uid: number;
  /** Absolute path of a limactl that is new enough. */
  binary: string;
  limaHome: string;
  /** Home of the account that runs it. */
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}

type Extra = Readonly<Record<string, string>>;

/**
 * limactl ends with us even if we are killed outright, so that no second one ever works on the same instance; the
 * host agent it has started by then is a process group of its own and lives on.
 */
const endsWithUs = (platform: NodeJS.Platform): string[] =>
  platform === "linux" ? ["setpriv", "--pdeathsig", "KILL"] : [];

function limactl(lima: Lima, args: readonly string[], options: RunOptions = {}, extra: Extra = {}) {
  const environment = { ...accountEnvironment(lima), ...extra };
  const argv = [...endsWithUs(lima.platform), lima.binary, "--tty=false", ...args];
  return lima.run(accountArgv(lima.uid, argv, environment), { cwd: "/", ...options });
}

const PASSED = /^(PATH|https?_proxy|no_proxy|SSL_CERT_FILE|SSL_CERT_DIR)$/i;

/** Only what limactl needs: `SSH`, `QEMU_*` and `LIMA_*` of the caller would change what it does. */
function accountEnvironment(lima: Lima): Record<string, string> {
  const passed = Object.entries(lima.env).flatMap(([name, value]) =>
    PASSED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return { ...Object.fromEntries(passed), HOME: lima.home, LIMA_HOME: lima.limaHome, LC_ALL: "C" };
}

/** The instance of that name as Lima sees it; undefined when there is none. */
export async function findInstance(lima: Lima, name: string): Promise<Instance | undefined> {
  // Only looking must not make Lima's home, nor fail where the account could not make it.
  if (!existsSync(lima.limaHome)) return undefined;
  // A template instead of --json: that fails once an instance's line passes 64 KiB.
  const format =
    '{"name":{{json .Name}},"status":{{json .Status}},"dir":{{json .Dir}},"port":{{.SSHLocalPort}}}';
  const { stdout } = await limactl(lima, ["list", "--format", format]);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => instanceSchema.parse(JSON.parse(line)))
    .find((instance) => instance.name === name);
}

/** Lima's effective configuration of an instance, the user's overrides merged in, as parsed JSON. */
export async function effectiveConfig(lima: Lima, name: string): Promise<unknown> {
  const { stdout } = await limactl(lima, ["list", name, "--format", "{{json .Config}}"]);
  return JSON.parse(stdout);
}

/** Makes an instance from a YAML text; downloads or copies its image. */
export const createInstance = (lima: Lima, name: string, yaml: string, options: RunOptions) =>
  limactl(lima, ["create", "--name", name, "-"], { ...options, input: yaml });

/** Starts an existing instance. Never call it for a missing one: Lima would make one of its own default kind. */
export const startInstance = (lima: Lima, name: string, options: RunOptions, extra: Extra) =>
  limactl(lima, ["start", "--timeout=40m", name], options, extra);

/** Ends an instance; `force` kills its processes by the pids it recorded, so check those first. */
export const stopInstance = (lima: Lima, name: string, force: boolean) =>
  limactl(lima, ["stop", ...(force ? ["--force"] : []), name]);

/** Gives a stopped instance another name. */
export const renameInstance = (lima: Lima, from: string, to: string) => limactl(lima, ["rename", from, to]);

export const deleteInstance = (lima: Lima, name: string) => limactl(lima, ["delete", "--force", name]);

/** The key Lima makes for itself on first use and puts into every instance. */
export const identityFile = (limaHome: string): string => join(limaHome, "_config", "user");

/** What forces emulation: Lima takes KVM whenever /dev/kvm exists, unless these arguments are there already. */
export function emulation(arch: NodeJS.Architecture): Extra {
  const common = "-accel tcg,thread=multi,tb-size=512 -cpu max";
  return arch === "arm64"
    ? { QEMU_SYSTEM_AARCH64: `qemu-system-aarch64 -machine virt ${common}` }
    : { QEMU_SYSTEM_X86_64: `qemu-system-x86_64 -machine q35,vmport=off ${common}` };
}

export const SERIAL_LOGS = ["serial.log", "serialp.log", "serialv.log"] as const;
/** Pid files of an instance and a word that the living process's command line contains. */
export const PID_FILES = { "ha.pid": "hostagent", "qemu.pid": "qemu-system" } as const;
