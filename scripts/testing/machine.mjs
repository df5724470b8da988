// What a group of tests needs on the machine, and how it gets there: only with consent.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { ROOT } from "./root.mjs";

const SYSTEM_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

function hasProgram(name) {
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_PATH];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Program → Debian's package with it, for each group. */
const PROGRAMS = {
  lint: { shellcheck: "shellcheck" },
  integration: {
    sshd: "openssh-server",
    ssh: "openssh-client",
    sshfs: "sshfs",
    fusermount3: "fuse3",
    git: "git",
    "git-crypt": "git-crypt",
    "git-lfs": "git-lfs",
    tmux: "tmux",
    rsync: "rsync",
    setpriv: "util-linux",
    "notify-send": "libnotify-bin",
    "dbus-run-session": "dbus",
    zsh: "zsh",
    fish: "fish",
  },
  attack: {
    git: "git",
    "git-lfs": "git-lfs",
    sshfs: "sshfs",
    script: "bsdutils",
    sshd: "openssh-server",
    ssh: "openssh-client",
    tmux: "tmux",
    setpriv: "util-linux",
    newuidmap: "uidmap",
    ip: "iproute2",
    nft: "nftables",
  },
  model: {
    sshd: "openssh-server",
    ssh: "openssh-client",
    git: "git",
    "git-lfs": "git-lfs",
    setpriv: "util-linux",
  },
  e2e: { "git-lfs": "git-lfs" },
  fresh: { mmdebstrap: "mmdebstrap" },
};

const missingPrograms = (group) =>
  Object.entries(PROGRAMS[group] ?? {}).filter(([program]) => !hasProgram(program));

async function consent(question) {
  if (process.env.AGENT_VM_YES === "1") return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

function asRoot(argv) {
  const whole = process.getuid() === 0 ? argv : ["sudo", ...argv];
  console.log(`$ ${whole.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(whole[0], whole.slice(1), { stdio: ["ignore", "inherit", "inherit"], env }).status === 0;
}

/** Installs what the groups miss, when the user agrees; a failure shows later, as a group that is left out. */
async function installPackages(groups) {
  const packages = [...new Set(groups.flatMap((group) => missingPrograms(group).map(([, name]) => name)))];
  if (packages.length === 0) return;
  if (!hasProgram("apt-get")) return;
  if (!(await consent(`The tests need ${packages.join(", ")}. Install them with apt-get?`))) return;
  asRoot(["apt-get", "update", "-qq"]);
  asRoot(["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages]);
}

/** Why the real VM's tests cannot run; undefined when they can. They run `agent-vm setup` themselves, so consent comes first. */
async function refusalOfVm() {
  if (process.env.AGENT_VM_YES === "1") return undefined;
  // Without consent it installs nothing and fails when something is missing.
  const env = { ...process.env, AGENT_VM_IMAGE: "build" };
  const { status } = spawnSync(join(ROOT, "agent-vm"), ["setup", "--no-input"], {
    cwd: ROOT,
    env,
    stdio: "ignore",
  });
  if (status === 0) return undefined;
  if (await consent("The real VM's tests run `agent-vm setup`, which installs what this host lacks. Go on?"))
    return;
  return "this host lacks what a VM needs; see ./agent-vm setup, or set AGENT_VM_YES=1";
}

/** Makes the machine ready for the groups; returns for each group that cannot run the reason. */
export async function prepare(groups) {
  await installPackages(groups);
  const reasons = {};
  for (const group of groups) {
    const missing = missingPrograms(group).map(([program]) => program);
    if (missing.length > 0) reasons[group] = `missing: ${missing.join(", ")}`;
  }
  if (groups.includes("integration") && !existsSync("/dev/fuse")) {
    reasons.integration ??= "there is no /dev/fuse";
  }
  if (groups.includes("fresh") && process.getuid() !== 0) reasons.fresh = "it needs root";
  if (groups.includes("e2e")) {
    const reason = await refusalOfVm();
    if (reason) reasons.e2e = reason;
  }
  return reasons;
}
