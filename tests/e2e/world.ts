// A throw-away user for the built program: own HOME, state, Lima home and VM name, and a small real repository.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { holdToForm } from "../answers.ts";

export const VM = "e2e";
export const CHECKOUT = resolve(import.meta.dirname, "../..");
const PROGRAM = join(CHECKOUT, "agent-vm");
const ROOT = process.getuid?.() === 0;

export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
  /** Both streams, for messages of failed expectations. */
  all: string;
}

/** A command under way. */
export interface Begun extends PromiseLike<{ exitCode?: number | undefined }> {
  stdout: NodeJS.ReadableStream;
  stderr: NodeJS.ReadableStream;
  kill(signal: NodeJS.Signals): boolean;
  once(event: "exit", listener: () => void): unknown;
}

export interface World {
  /** The launcher that is run; another checkout's for another program. */
  program: string;
  home: string;
  repo: string;
  state: string;
  limaHome: string;
  mountpoint: string;
  env: Record<string, string>;
  /** Where limactl, images and bases are kept. */
  cache: string;
  /** The built program, with --vm e2e, in the repository. */
  agentVm(...args: string[]): Promise<Answer>;
  /** The same, started and not waited for. */
  begin(...args: string[]): Begun;
  git(...args: string[]): Promise<string>;
  /** limactl itself, as the account that owns the instances. */
  limactl(args: readonly string[], input?: string): Promise<Answer>;
  /** A shell command as the administrator of the guest, over the program's own ssh configuration. */
  admin(script: string): Promise<Answer>;
  /** The same as the agent's account. */
  agent(script: string): Promise<Answer>;
  commit(path: string, content: string, subject: string): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Without the tools and agents, unless `full`: they take minutes, and most of what is tested here needs none. One
 * processor: several VMs share the host's, and a second one may be let down by emulation, so that a boot hangs.
 */
export async function makeWorld({ full = false, vcpu = 1 } = {}): Promise<World> {
  const base = await mkdtemp(join(tmpdir(), "avm-e2e-"));
  const home = join(base, "home");
  const repo = join(home, "my project");
  const system = ROOT ? await systemDirectory() : base;
  const env: Record<string, string> = {
    ...environment(home, system),
    ...(full ? {} : { AGENT_VM_WITHOUT: SOFTWARE }),
    AGENT_VM_VCPU: String(vcpu),
  };
  const run = async (file: string, args: readonly string[], cwd: string, input = "") => {
    const result = await execa(file, args, { cwd, env, extendEnv: false, reject: false, input });
    const { stdout, stderr } = result;
    const code = result.exitCode ?? -1;
    return { code, stdout, stderr, all: `exit code ${code}\n${stdout}\n${stderr}` };
  };
  const git = async (...args: string[]) => {
    const answer = await run("git", args, repo);
    if (answer.code !== 0) throw new Error(`git ${args.join(" ")}: ${answer.all}`);
    return answer.stdout.trim();
  };
  await makeRepository(repo, env);
  const state = join(home, ".local/state/agent-vm/vm", VM);
  const limaHome = ROOT ? join(system, "lima") : (env["LIMA_HOME"] ?? "");
  const world: World = {
    program: PROGRAM,
    home,
    repo,
    state,
    limaHome,
    env,
    cache: cacheOf(env),
    mountpoint: join(home, ".agent-vm-mounts", VM, "workspace"),
    agentVm: async (...args) => {
      const answer = await run(world.program, ["--vm", VM, ...args], repo);
      holdToForm(args, answer.stdout);
      return answer;
    },
    begin: (...args) =>
      execa(world.program, ["--vm", VM, ...args], {
        cwd: repo,
        env,
        extendEnv: false,
        reject: false,
        stdin: "ignore",
      }),
    git,
    limactl: async (args, input) =>
      run("env", ["-C", "/", ...(await asAccount(limaHome, system, env)), ...args], "/", input),
    admin: (script) => run("ssh", ["-F", join(state, "ssh_config"), `${VM}-admin`, script], "/"),
    agent: (script) => run("ssh", ["-F", join(state, "ssh_config"), VM, script], "/"),
    commit: async (path, content, subject) => {
      await writeFile(join(repo, path), content);
      await git("add", "--", path);
      await git("commit", "-q", "-m", subject);
      return git("rev-parse", "HEAD");
    },
    remove: async () => {
      await openMountpoint(world.mountpoint);
      await rm(base, { recursive: true, force: true });
      if (ROOT) await rm(system, { recursive: true, force: true });
    },
  };
  return world;
}

/** What a test that failed half-way may leave: a mount, or a mountpoint that takes no change, not even root's. */
async function openMountpoint(mountpoint: string): Promise<void> {
  await execa("umount", ["-l", mountpoint], { reject: false });
  if (ROOT) await execa("chattr", ["-i", mountpoint], { reject: false });
}

const SOFTWARE = "tools,containers,nested,python,node,agents,releases";

/** Short, because Lima's socket paths must be; made by `agent-vm setup` with the right owner. */
const systemDirectory = (): Promise<string> => mkdtemp("/var/lib/avm-e2e-");

function environment(home: string, system: string): Record<string, string> {
  const { HOME = "/", PATH = "", XDG_CACHE_HOME } = process.env;
  const passed = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "https_proxy", "http_proxy", "AGENT_VM_CACHE_DIR"];
  const kept = passed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    PATH,
    LANG: "C.UTF-8",
    // Images and limactl may stay between runs; they are correct when the cache is empty.
    XDG_CACHE_HOME: XDG_CACHE_HOME ?? join(HOME, ".cache"),
    ...(ROOT ? { AGENT_VM_SYSTEM_DIR: system } : { LIMA_HOME: join(system, "lima") }),
    AGENT_VM_IMAGE: "build",
    GIT_CONFIG_NOSYSTEM: "1",
  };
}

async function makeRepository(repo: string, env: Record<string, string>): Promise<void> {
  const git = (...args: string[]) => execa("git", args, { env, extendEnv: false });
  await execa("mkdir", ["-p", repo]);
  await git("init", "-q", "-b", "main", repo);
  for (const [key, value] of [
    ["user.name", "Host User"],
    ["user.email", "host@example.invalid"],
  ] as const) {
    await git("-C", repo, "config", key, value);
  }
  await writeFile(join(repo, "README"), "a real repository\n");
  await writeFile(join(repo, ".gitignore"), ".env\n");
  await git("-C", repo, "add", ".");
  await git("-C", repo, "commit", "-q", "-m", "first commit");
}

/** Works on every host: a /dev/kvm that exists may still be closed to the account, or run nothing. */
const EMULATION = [
  "QEMU_SYSTEM_X86_64=qemu-system-x86_64 -machine q35,vmport=off -accel tcg,thread=multi,tb-size=512 -cpu max",
];

const cacheOf = (env: Readonly<Record<string, string>>): string =>
  env["AGENT_VM_CACHE_DIR"] ?? (ROOT ? "/var/cache/agent-vm" : join(env["XDG_CACHE_HOME"] ?? "", "agent-vm"));

/** How limactl is run for the world's instances: by the program's own account and binary. */
async function asAccount(limaHome: string, system: string, env: Record<string, string>): Promise<string[]> {
  const { stdout } = await execa("find", [join(cacheOf(env), "limactl"), "-path", "*/bin/limactl"], {
    reject: false,
  });
  const binary = stdout.split("\n")[0] || "limactl";
  const variables = [`PATH=${env["PATH"]}`, `HOME=${system}`, `LIMA_HOME=${limaHome}`, ...EMULATION];
  const become = ROOT ? ["setpriv", "--reuid", "agent-vm", "--regid", "agent-vm", "--init-groups"] : [];
  return [...become, "env", "-i", ...variables, binary, "--tty=false"];
}

/** Waits until a begun command's narration contains a text. */
export function until(child: Begun, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stderr.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    });
    child.once("exit", () => reject(new Error(`ended before saying "${text}":\n${seen}`)));
  });
}

export const readText = (path: string): Promise<string> => readFile(path, "utf8");
