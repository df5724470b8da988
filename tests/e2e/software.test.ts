// The software in a real VM: installed from its real sources or from the base, in every kind of shell, kept, repaired.
import { appendFile, cp, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, CHECKOUT, makeWorld, readText, until, VM, type World } from "./world.ts";

let world: World;
/** A copy of the program, so that its lists can be changed. */
let data: string;
let first: Answer;

/** All that runs, without what it was built with. */
const PARTS = [
  ...["agent-vm", "package.json", "package-lock.json"],
  ...["src", "scripts", "dist", "lima", "common"],
];

const list = (name: string) => join(data, "common/packages", `${name}.txt`);
const pin = () => readText(join(world.state, "known_hosts"));
/** A shell command in the agent's account. */
const agent = (script: string) => world.agentVm("connect", "--", "bash", "-c", script);
const SIZE = ["--memory", "4", "--disk", "24"];

/** Milliseconds for everything from its sources on a slow machine under emulation; a quick one takes a quarter. */
const ALL_OF_IT = 50 * 60_000;

beforeAll(async () => {
  // Two lanes of installers; and only new VMs boot here, which `start` starts once more when they hang.
  world = await makeWorld({ full: true, vcpu: 2 });
  data = join(world.home, "program");
  // Builds it when these sources have no build yet.
  await world.agentVm("--version");
  for (const part of PARTS) await cp(join(CHECKOUT, part), join(data, part), { recursive: true });
  world.program = join(data, "agent-vm");
  const since = Date.now();
  first = await world.agentVm("start", "--yes", ...SIZE);
  const from = first.stderr.includes("with the software of an earlier one") ? "the base" : "their sources";
  console.log(`The software comes from ${from}: ready after ${Math.round((Date.now() - since) / 1000)} s`);
}, ALL_OF_IT);

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  await world.limactl(["delete", "--force", VM]);
  await world.remove();
});

/** Names that could not be installed, as the program says them. */
const missing = ({ stderr }: Answer): string[] =>
  /Not installed in the VM: (.*)\.$/m.exec(stderr)?.[1]?.split(", ") ?? [];

/** Where what Debian and npm do not have comes from. */
const ELSEWHERE: Record<string, string> = {
  ruff: "https://pypi.org/simple/",
  uv: "https://pypi.org/simple/",
  hadolint: "https://github.com/",
};

it("ends ready, with what could not be had named", async () => {
  expect(first.code, first.all).toBe(0);
  for (const name of missing(first)) {
    const source = ELSEWHERE[name];
    expect(source, `${name} has a source that can be reached here`).toBeDefined();
    const answer = await agent(`curl -s -o /dev/null -m 10 ${source}`);
    expect(answer.code, `${name} was not installed, and its source answers`).not.toBe(0);
  }
});

/** Each program with what makes it tell its version. */
const PROGRAMS = [
  ...["git", "gh", "git-lfs", "node", "npm", "npx", "python3", "pipx", "pipenv", "poetry", "pre-commit"],
  ...["shellcheck", "shfmt", "jq", "yq", "rg", "fd", "make", "gcc", "vim", "rsync", "docker", "podman"],
  ...["qemu-img", "limactl", "hadolint", "ruff", "uv", "curl", "buildah"],
  ...["claude", "codex", "opencode", "gemini", "copilot"],
].map((name) => `${name} --version`);
const OTHERS = ["tmux -V", "socat -V", "unzip -v", "go version"];

/** Half a minute each under emulation, to say what one kind of shell proves as well as four. */
const SLOW = ["opencode", "gemini", "copilot", "poetry", "pipenv"];

describe("every program answers", () => {
  const script = (kind: string) =>
    [...PROGRAMS, ...OTHERS]
      .filter((line) => !missing(first).includes(line.split(" ")[0] ?? ""))
      .map((line) => {
        const [name = ""] = line.split(" ");
        const whole = kind === "tmux" || !SLOW.includes(name);
        return `${whole ? line : `command -v ${name}`} </dev/null >/dev/null 2>&1 || echo "no answer: ${line}"`;
      })
      .join("\n");

  /** How each kind of shell is given the script. */
  const SHELLS: Record<string, (file: string) => Promise<Answer>> = {
    "a command over ssh": (file) => world.agentVm("connect", "--", "sh", file),
    "a login shell": (file) => world.agentVm("connect", "--", "bash", "-l", file),
    tmux: (file) =>
      agent(
        `tmux -L versions new-session -d "bash ${file} > ${file}.out 2>&1; tmux -L versions wait-for -S done" && tmux -L versions wait-for done && cat ${file}.out`,
      ),
    // An editor's remote side: a shell without a terminal that gets its commands on standard input, and its children.
    "an editor's connection": (file) =>
      world.agentVm("connect", "--", "sh", "-c", `printf 'bash %s\\n' ${file} | sh -s`),
  };

  it.each(Object.keys(SHELLS))("in %s", async (kind) => {
    const put = await world.agentVm(
      "connect",
      "--",
      "sh",
      "-c",
      'printf "%s" "$1" > versions.sh',
      "sh",
      script(kind),
    );
    expect(put.code, put.all).toBe(0);
    const answer = await SHELLS[kind]?.("versions.sh");
    expect(answer?.stdout, answer?.all).toBe("");
    expect(answer?.code).toBe(0);
  });

  it("and root's PATH has nothing that the agent can write", async () => {
    for (const command of ["echo $PATH", "bash -lc 'echo $PATH'", "sudo sh -c 'echo $PATH'"]) {
      expect((await world.admin(command)).stdout).not.toContain("/home/agent");
    }
  });
});

describe("containers without root", () => {
  it.each(["docker", "podman"])("%s runs an image from a tarball", async (engine) => {
    const answer = await agent(
      `tar -C / -c usr/local/bin/limactl etc/passwd | ${engine} import - local/one >&2 && ${engine} run --rm --user 65534 -e HOME=/tmp local/one /usr/local/bin/limactl --version`,
    );
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stdout).toContain("limactl version");
  });

  it("docker's daemon is the agent's own", async () => {
    const answer = await agent(
      "docker info --format '{{json .SecurityOptions}}'; systemctl is-active docker.service",
    );
    expect(answer.stdout, answer.all).toContain("rootless");
    expect(answer.stdout).toContain("inactive");
  });
});

describe("a second start", () => {
  it("asks the guest once and changes nothing", async () => {
    const answer = await world.agentVm("--verbose", "start");
    expect(answer.code, answer.all).toBe(0);
    // The shared connection's own master is asked, too, which is no round trip.
    const asked = answer.stderr
      .split("\n")
      .filter((line) => /^\+ ssh /.test(line) && !line.includes(" -O check "));
    expect(asked, answer.all).toHaveLength(1);
    expect(answer.stderr).not.toContain("install ");
  });
});

describe("a changed list", () => {
  it("runs only what it touches, survives kill -9 in the middle, and names what there is not", async () => {
    await appendFile(list("apt-packages"), "cowsay\nno-such-package-anywhere\n");
    const child = world.begin("start");
    await until(child, "install developers' tools");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    child.kill("SIGKILL");
    await child;
    const answer = await world.agentVm("start");
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stderr).toMatch(/install developers' tools$/m);
    expect(missing(answer)).toContain("no-such-package-anywhere");
    expect((await agent("/usr/games/cowsay moo")).stdout).toContain("moo");
  });

  it("is what doctor calls drift, with a remedy", async () => {
    await appendFile(list("npm-packages"), "is-even@1.0.0 none\n");
    const answer = await world.agentVm("doctor", "--json");
    expect(answer.stdout).toContain("is-even");
  });

  it("upgrade installs it and says so", async () => {
    const answer = await world.agentVm("upgrade", "agents");
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stdout).toContain("is-even: not there → 1.0.0");
  });

  it("upgrade with nothing to do says that", async () => {
    const since = Date.now();
    const answer = await world.agentVm("upgrade", "agents");
    console.log(`upgrade agents with nothing to do: ${Math.round((Date.now() - since) / 1000)} s`);
    expect(answer.stderr).toContain("Everything was up to date.");
  });
});

describe("a disk that is too small", () => {
  it("fails that part alone, by name, and is made good by upgrade", async () => {
    await world.admin("sudo fallocate -l $(($(df --output=avail -B1 / | tail -1) - 20000000)) /fill; sync");
    await appendFile(list("apt-packages"), "inkscape\n");
    const full = await world.agentVm("start");
    expect(full.code, full.all).toBe(0);
    expect(missing(full)).toContain("inkscape");
    await world.admin("sudo rm /fill");
    await writeFile(list("apt-packages"), (await readText(list("apt-packages"))).replace("inkscape", "sl"));
    const answer = await world.agentVm("upgrade", "system");
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stdout).toContain("sl: not there → ");
  });
});

describe("a disk that is full in the middle of Node.js", () => {
  const PLACE = "/usr/local/lib/agent-vm";

  it("leaves nothing that passes for the whole, and is made good by upgrade", async () => {
    await world.admin(
      `sudo mount -t tmpfs -o size=80m none ${PLACE} && sudo rm /var/lib/agent-vm/stamps/70-node`,
    );
    const full = await world.agentVm("start");
    const left = await world.admin(`ls -A ${PLACE}; sudo umount ${PLACE}`);
    expect(missing(full)).toContain("node");
    expect(left.all).toMatch(/^exit code 0\n\s*$/);
    const answer = await world.agentVm("upgrade", "agents");
    expect(answer.code, answer.all).toBe(0);
    expect(missing(answer)).not.toContain("node");
    expect((await agent("node --version")).code).toBe(0);
  });
});

describe("sources that cannot be reached", () => {
  it("are replaced by a mirror, whose files are checked", async () => {
    const good = "#!/bin/sh\necho stand-in 9.9.9\n";
    const hash = "sha256:$(sha256sum < mirror/good | cut -d ' ' -f 1)";
    const made = await agent(
      `mkdir -p mirror && printf '%s' '${good}' > mirror/good && cp mirror/good mirror/bad && echo "${hash}" && { setsid python3 -m http.server --bind 127.0.0.1 --directory mirror 8765 >/dev/null 2>&1 & curl -sS -o /dev/null --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:8765/good; }`,
    );
    const digest = made.stdout.trim();
    expect(digest, made.all).toMatch(/^sha256:[0-9a-f]{64}$/);
    const lines = (await readFile(list("versions"), "utf8"))
      .split("\n")
      .filter((line) => !line.startsWith("hadolint"));
    for (const arch of ["amd64", "arm64"]) {
      lines.push(`goodone 9.9.9 ${arch} ${digest} https://releases.invalid/good`);
      lines.push(`badone 9.9.9 ${arch} sha256:${"0".repeat(64)} https://releases.invalid/bad`);
    }
    await writeFile(list("versions"), `${lines.join("\n")}\n`);
    const config = join(world.home, ".config/agent-vm/config.yaml");
    await mkdir(dirname(config), { recursive: true });
    await writeFile(config, "mirrors:\n  https://releases.invalid/: http://127.0.0.1:8765/\n");
    const answer = await world.agentVm("start");
    expect(answer.code, answer.all).toBe(0);
    expect(missing(answer)).toContain("badone");
    expect(missing(answer)).not.toContain("goodone");
    expect((await agent("goodone; badone")).stdout.trim()).toBe("stand-in 9.9.9");
  });
});

describe("a fresh VM", () => {
  it("comes from the base in little more than a boot, with keys of its own and nothing of the old one", async () => {
    await agent("echo left behind > ~/left; mkdir -p ~/workspace/left");
    const before = { pin: await pin(), id: (await agent("cat /etc/machine-id")).stdout };
    // The lists as they were when the base was made.
    world.program = join(CHECKOUT, "agent-vm");
    await writeFile(join(world.home, ".config/agent-vm/config.yaml"), "");
    expect((await world.agentVm("destroy", "--yes", "--force")).code).toBe(0);
    const since = Date.now();
    const answer = await world.agentVm("start", "--yes", ...SIZE);
    console.log(`a fresh VM from the base: ${Math.round((Date.now() - since) / 1000)} s`);
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stderr).toContain("with the software of an earlier one");
    expect(answer.stderr).not.toContain("install ");
    expect(await pin()).not.toBe(before.pin);
    expect((await agent("cat /etc/machine-id")).stdout).not.toBe(before.id);
    const left = await agent("ls -A ~/workspace; ls ~/left; claude --version");
    expect(left.stdout, left.all).toMatch(/^\d+\.\d+\.\d+ \(Claude Code\)$/);
  });

  // Other tests beside this one need the base where it is, so it is not moved away to see.
  it("lives on without the cache: its disk stands on files of its own alone", async () => {
    const instance = join(world.limaHome, VM);
    const argv = ["info", "-U", "--backing-chain", "--output=json", join(instance, "disk")];
    const { stdout } = await execa("qemu-img", argv);
    const files = JSON.parse(stdout).map(({ filename }: { filename: string }) => filename);
    expect(files).toContain(join(instance, "disk"));
    for (const file of files) expect(dirname(await realpath(file))).toBe(instance);
  });
});
