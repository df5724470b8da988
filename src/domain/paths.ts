// Where everything of ours lives on the host, for one VM name. Pure.
import { join } from "node:path";
import { EXIT, UserError } from "../errors.ts";

declare const vmNameBrand: unique symbol;
/** A VM name that is safe in paths, ssh aliases and Lima's own naming rule. */
export type VmName = string & { readonly [vmNameBrand]: true };

export const DEFAULT_VM = "agent-vm";
const VM_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Lima puts sockets in the instance directory: its path may have 81 characters at most, so names are short. */
const MAX_VM_NAME = 30;

export function parseVmName(text: string): VmName {
  if (!VM_NAME.test(text) || text.length > MAX_VM_NAME) {
    throw new UserError(`"${text}" cannot be a VM's name.`, {
      hint: `Use up to ${MAX_VM_NAME} lowercase letters, digits and single dashes, for example --vm agent-vm-2.`,
      exit: EXIT.usage,
    });
  }
  return text as VmName;
}

export interface Paths {
  vm: VmName;
  home: string;
  /** Our state for this VM: record, pin, ssh configuration, workspace map, locks, logs. */
  state: string;
  /** State shared by all VMs: repository ids. */
  sharedState: string;
  /** Can be deleted at any time; images and limactl are made again. Readable by the account that runs QEMU. */
  cache: string;
  configFile: string;
  limaHome: string;
  /** Control sockets of ssh; 0700, short (a path over about 90 characters fails). */
  sockets: string;
  /** Parent of the one mountpoint. */
  mountpoint: string;
  sshConfig: string;
  /** The workspaces as hosts for the user's own ssh. */
  sshHosts: string;
  knownHosts: string;
  record: string;
  workspaces: string;
  logs: string;
}

export interface HostIdentity {
  uid: number;
  env: Readonly<Record<string, string | undefined>>;
}

const SYSTEM_DIRECTORY = "/var/lib/agent-vm";
const SYSTEM_CACHE = "/var/cache/agent-vm";

/**
 * All paths of one VM. As root the parts that the system account must read lie under AGENT_VM_SYSTEM_DIR
 * (default /var/lib/agent-vm) and AGENT_VM_CACHE_DIR; an ordinary user gets XDG directories and Lima's usual home.
 */
export function pathsFor(vm: VmName, host: HostIdentity): Paths {
  const { env, uid } = host;
  const home = env["HOME"] ?? "/";
  const root = uid === 0;
  // The XDG rule: a path that is not absolute is ignored.
  const xdg = (name: string, usual: string) => (env[name]?.startsWith("/") ? env[name] : join(home, usual));
  const shared = join(xdg("XDG_STATE_HOME", ".local/state"), "agent-vm");
  const state = join(shared, "vm", vm);
  const cache =
    env["AGENT_VM_CACHE_DIR"] ?? (root ? SYSTEM_CACHE : join(xdg("XDG_CACHE_HOME", ".cache"), "agent-vm"));
  const system = env["AGENT_VM_SYSTEM_DIR"] ?? SYSTEM_DIRECTORY;
  const mounts = join(home, ".agent-vm-mounts");
  return {
    vm,
    home,
    state,
    sharedState: shared,
    cache,
    configFile: join(xdg("XDG_CONFIG_HOME", ".config"), "agent-vm", "config.yaml"),
    limaHome: root ? join(system, "lima") : (env["LIMA_HOME"] ?? join(home, ".lima")),
    sockets: socketDirectory(state, uid, env["XDG_RUNTIME_DIR"]),
    mountpoint: vm === DEFAULT_VM ? join(mounts, "workspace") : join(mounts, vm, "workspace"),
    sshConfig: join(state, "ssh_config"),
    sshHosts: join(state, "ssh_hosts"),
    knownHosts: join(state, "known_hosts"),
    record: join(state, "vm.json"),
    workspaces: join(state, "workspaces.json"),
    logs: join(state, "logs"),
  };
}

/** ssh adds 17 characters for a temporary name and the limit is 107, so the directory and "/agent" must be short. */
const MAX_SOCKET_DIRECTORY = 80;

function socketDirectory(state: string, uid: number, runtime: string | undefined): string {
  const own = join(state, "cm");
  if (own.length <= MAX_SOCKET_DIRECTORY) return own;
  const base = runtime?.startsWith("/") ? runtime : "/tmp";
  return join(base, `agent-vm-${uid}`, shortHash(state));
}

/** A short name for a path (FNV-1a, 8 hexadecimal digits): only tells two states of one user apart. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
