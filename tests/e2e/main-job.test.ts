// The main job on a real VM: the built program, real limactl and QEMU, a Debian 13 guest, in the order of a user's day.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKOUT, makeWorld, readText, until, VM, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld();
  // Makes the throw-away roots; the VM itself is made by the tests.
  const setup = await world.agentVm("setup", "--yes", "--image", "build");
  expect(setup.code, setup.all).toBe(0);
  // A VM of the default name that agent-vm did not make, and never boots.
  const foreign = "plain: true\nimages: [{location: /etc/profile}]\ndisk: 1MiB\n";
  const made = await world.limactl(["create", "--name", "agent-vm", "-"], foreign);
  expect(made.code, made.all).toBe(0);
});

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  // Whatever failed above, no VM outlives its test.
  await world.limactl(["delete", "--force", "agent-vm", "copy", VM]);
  await world.remove();
});

/** A digest of every file of the foreign instance. */
async function foreignDigest(): Promise<string> {
  const directory = join(world.limaHome, "agent-vm");
  const hash = createHash("sha256");
  for (const name of (await readdir(directory)).sort())
    hash.update(name).update(await readFile(join(directory, name)));
  return hash.digest("hex");
}

it("has a template that Lima finds valid by itself", async () => {
  // Beside Lima's home, where its account can read it wherever the checkout lies.
  const copy = join(dirname(world.limaHome), "template.yaml");
  await copyFile(join(CHECKOUT, "lima/agent-vm.yaml"), copy);
  const answer = await world.limactl(["validate", copy]);
  expect(answer.code, answer.all).toBe(0);
});

describe("a VM is made through interruptions", () => {
  let before: string;

  it("refuses a VM of the same name that it did not make", async () => {
    before = await foreignDigest();
    const answer = await world.agentVm("--vm", "agent-vm", "start", "--yes");
    expect(answer.code, answer.all).toBe(4);
    expect(await foreignDigest()).toBe(before);
  });

  it.each([
    ["while it is created", "create the VM"],
    ["while it boots", "start the VM"],
    ["while it is provisioned", "packages"],
  ])("goes on after kill -9 %s", async (_when, text) => {
    const child = world.begin("start", "--yes", "--memory", "2", "--disk", "12");
    await until(child, text);
    child.kill("SIGKILL");
    await child;
    const status = await world.agentVm("status", "--json");
    expect(JSON.parse(status.stdout).state).toBe("half-made");
  });

  it("ends orderly at Ctrl-C, and goes on", async () => {
    const child = world.begin("start");
    await until(child, "provision");
    child.kill("SIGINT");
    expect((await child).exitCode).toBe(130);
  });

  it("ends in the first workspace with the branch's commit", async () => {
    const answer = await world.agentVm("connect", "first-branch", "--yes", "--", "git", "log", "--format=%s");
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stdout).toBe("first commit");
    expect(await world.git("branch", "--show-current")).toBe("main");
  });

  it("has left the VM of the default name as it was", async () => {
    expect(await foreignDigest()).toBe(before);
  });
});

describe("work moves both ways", () => {
  it("brings a commit made inside home", async () => {
    const made = await world.agentVm(
      ...["connect", "first-branch", "--", "sh", "-c"],
      "echo from the guest > guest.txt && git add guest.txt && git commit -q -m 'made inside' && git rev-parse HEAD",
    );
    expect(made.code, made.all).toBe(0);
    const fetched = await world.agentVm("fetch", "first-branch");
    expect(fetched.code, fetched.all).toBe(0);
    expect(await world.git("rev-parse", "first-branch")).toBe(made.stdout.trim());
  });

  it("pushes again after a commit on the host", async () => {
    await world.git("checkout", "-q", "first-branch");
    const oid = await world.commit("host.txt", "from the host\n", "made outside");
    const pushed = await world.agentVm("push", "first-branch");
    expect(pushed.code, pushed.all).toBe(0);
    const inside = await world.agentVm(
      "connect",
      "first-branch",
      "--",
      "sh",
      "-c",
      "git rev-parse HEAD; cat host.txt",
    );
    expect(inside.stdout).toBe(`${oid}\nfrom the host`);
  });

  it("never overwrites an ignored file of the workspace", async () => {
    await world.agentVm("connect", "first-branch", "--", "sh", "-c", "echo secret > .env");
    await writeFile(join(world.repo, ".env"), "from the host\n");
    await world.git("add", "--force", ".env");
    await world.git("commit", "-q", "-m", "commits an ignored file");
    const pushed = await world.agentVm("push", "first-branch");
    expect(pushed.code, pushed.all).toBe(4);
    expect(pushed.stderr).toContain(".env");
    const kept = await world.agentVm("connect", "first-branch", "--", "cat", ".env");
    expect(kept.stdout).toBe("secret");
    await world.agentVm("connect", "first-branch", "--", "rm", ".env");
    expect((await world.agentVm("push", "first-branch")).code).toBe(0);
  });

  it("returns the command's own exit code", async () => {
    expect((await world.agentVm("connect", "first-branch", "--", "sh", "-c", "exit 7")).code).toBe(7);
  });

  it("keeps every word of a command as it is", async () => {
    const words = ["a b", "$(id)", "'", '"', "*", ""];
    const answer = await world.agentVm("connect", "first-branch", "--", "printf", "[%s]", ...words);
    expect(answer.stdout).toBe(words.map((word) => `[${word}]`).join(""));
  });

  it("takes a branch whose name a shell would run", async () => {
    const branch = "fix/a;b$(id)'é";
    const answer = await world.agentVm("connect", branch, "--", "git", "branch", "--show-current");
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stdout).toBe(branch);
    expect((await world.agentVm("clean", branch, "--yes")).code).toBe(0);
  });

  it("shows the workspace's files on the host, and edits both ways", async () => {
    const [directory = ""] = await readdir(world.mountpoint);
    await writeFile(join(world.mountpoint, directory, "edited.txt"), "by the host's editor\n");
    const inside = await world.agentVm("connect", "first-branch", "--", "cat", "edited.txt");
    expect(inside.stdout).toBe("by the host's editor");
    await world.agentVm("connect", "first-branch", "--", "sh", "-c", "echo by the agent > edited.txt");
    // Within a second, and a little more where several VMs share the processors.
    const edited = () => readText(join(world.mountpoint, directory, "edited.txt"));
    await expect.poll(edited, { timeout: 30_000 }).toBe("by the agent\n");
    await world.agentVm("connect", "first-branch", "--", "rm", "edited.txt");
  });

  it("copies files in and out, and replaces none unasked", async () => {
    const directory = join(world.home, "copies");
    await mkdir(join(directory, "in"), { recursive: true });
    await writeFile(join(directory, "in", "a.txt"), "from the host\n");
    const put = await world.agentVm("cp", join(directory, "in"), "first-branch:copied");
    expect(put.code, put.all).toBe(0);
    const inside = await world.agentVm("connect", "first-branch", "--", "cat", "copied/a.txt");
    expect(inside.stdout).toBe("from the host");
    await world.agentVm("connect", "first-branch", "--", "sh", "-c", "echo changed > copied/a.txt");
    const again = await world.agentVm("cp", join(directory, "in", "a.txt"), "first-branch:copied");
    expect(again.code, again.all).toBe(4);
    const brought = await world.agentVm("cp", "first-branch:copied/*.txt", directory);
    expect(brought.code, brought.all).toBe(0);
    expect(await readText(join(directory, "a.txt"))).toBe("changed\n");
    await world.agentVm("connect", "first-branch", "--", "rm", "-r", "copied");
    await rm(directory, { recursive: true });
  });
});

describe("the user's own ssh", () => {
  it("knows the workspace, begins in it, and clones from it", async () => {
    const installed = await world.agentVm("ssh-config", "--install");
    expect(installed.code, installed.all).toBe(0);
    const host = installed.stdout.split("\n").find((line) => line.includes("first-branch")) ?? "";
    const { execa } = await import("execa");
    const config = join(world.home, ".ssh/config");
    const options = { env: world.env, extendEnv: false, reject: false } as const;
    const shell = await execa("ssh", ["-F", config, host, "git branch --show-current; pwd"], options);
    expect(shell.stdout, shell.stderr).toBe(
      `first-branch\n/home/agent/workspace/${host.slice(host.indexOf(".") + 1)}`,
    );
    const env = { ...world.env, GIT_SSH_COMMAND: `ssh -F '${config}'` };
    const clone = join(world.home, "clone");
    const cloned = await execa("git", ["clone", "-q", `${host}:.`, clone], { ...options, env });
    expect(cloned.exitCode, cloned.stderr).toBe(0);
    expect(await readText(join(clone, "guest.txt"))).toBe("from the guest\n");
    const copied = await execa(
      "scp",
      ["-q", "-F", config, join(clone, "guest.txt"), `${host}:copied.txt`],
      options,
    );
    expect(copied.exitCode, copied.stderr).toBe(0);
    const plain = await world.agentVm(
      "ssh",
      "first-branch",
      "--",
      "sh",
      "-c",
      "cat copied.txt && rm copied.txt",
    );
    expect(plain.stdout, plain.all).toBe("from the guest");
  });
});

describe("the guest", () => {
  it("has an agent account without sudo, whose uid is not the host user's", async () => {
    const answer = await world.agentVm(
      "connect",
      "--",
      "sh",
      "-c",
      "id -un; id -u; sudo -n true; is-agent-vm; echo $?",
    );
    const [user, uid, marked] = answer.stdout.split("\n");
    expect(user).toBe("agent");
    expect(Number(uid)).not.toBe(process.getuid?.());
    expect(marked).toBe("0");
    expect(answer.stderr).toContain("sudo");
  });

  it("takes thirty attaches, a mount and twenty cut connections at once", async () => {
    const attaches = Array.from({ length: 30 }, () =>
      world.agentVm("connect", "first-branch", "--", "sleep", "5"),
    );
    const config = join(world.state, "ssh_config");
    const cut = Array.from({ length: 20 }, async () => {
      const child = world.begin("connect", "--", "sleep", "60");
      await new Promise((resolve) => setTimeout(resolve, 2000));
      child.kill("SIGKILL");
      await child;
    });
    expect(config).toContain(world.state);
    await Promise.all(cut);
    const codes = (await Promise.all(attaches)).map((answer) => answer.code);
    expect(codes).toEqual(Array.from({ length: 30 }, () => 0));
    expect((await readdir(world.mountpoint)).length).toBeGreaterThan(0);
  });

  it("says clearly that its disk is full, and keeps everything", async () => {
    const full = await world.agentVm(
      "connect",
      "--",
      "sh",
      "-c",
      "fallocate -l 50G ~/filler; dd if=/dev/zero of=$HOME/filler2 bs=1M 2>/dev/null; true",
    );
    expect(full.code, full.all).toBe(0);
    const blob = join(world.repo, "blob");
    await writeFile(
      blob,
      Buffer.alloc(3_000_000, 7).map((_, index) => (index * 7919) % 251),
    );
    await world.git("add", "blob");
    await world.git("commit", "-q", "-m", "a blob");
    const pushed = await world.agentVm("push", "first-branch");
    expect([1, 3], pushed.all).toContain(pushed.code);
    expect(pushed.stderr).not.toContain("bug");
    await world.agentVm("connect", "--", "sh", "-c", "rm -f ~/filler ~/filler2");
    const again = await world.agentVm("push", "first-branch");
    expect(again.code, again.all).toBe(0);
  });

  it.runIf(process.getuid?.() === 0)(
    "says clearly that the host's disk is full, and keeps everything",
    async () => {
      const { execa } = await import("execa");
      const small = join(world.home, "small");
      await execa("mkdir", ["-p", small]);
      await execa("mount", ["-t", "tmpfs", "-o", "size=4m", "none", small]);
      try {
        const clone = join(small, "repo");
        await world.git("clone", "-q", "--depth", "1", "--branch", "main", `file://${world.repo}`, clone);
        const inside = "head -c 9000000 /dev/urandom > big && git add big && git commit -q -m big";
        const made = await world.agentVm("--repo", clone, "connect", "full", "--", "sh", "-c", inside);
        expect(made.code, made.all).toBe(0);
        const fetched = await world.agentVm("--repo", clone, "fetch", "full");
        expect(fetched.code, fetched.all).toBe(1);
        expect(fetched.stderr).toContain("No space left on device");
        const kept = await world.agentVm(
          "--repo",
          clone,
          "connect",
          "full",
          "--",
          "git",
          "log",
          "-1",
          "--format=%s",
        );
        expect(kept.stdout).toBe("big");
        // The vault lies on another disk, which has room.
        const cleaned = await world.agentVm("--repo", clone, "clean", "full", "--yes");
        expect(cleaned.code, cleaned.all).toBe(0);
        expect(cleaned.all).toContain("agent-vm restore full");
      } finally {
        await execa("umount", [small]);
      }
    },
  );

  it("forwards a port of the workspace to this host, and one of this host to it", async () => {
    const serve = ["python3", "-m", "http.server", "8123", "--bind", "127.0.0.1"];
    const begun = await world.agentVm("run", "first-branch", "-d", "--", ...serve);
    expect(begun.code, begun.all).toBe(0);
    const listed = async () =>
      JSON.parse((await world.agentVm("ports", "first-branch", "--json")).stdout).ports;
    await expect.poll(listed, { timeout: 60_000, interval: 1000 }).toHaveLength(1);
    const server = createServer((_request, response) => response.end("from the host"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const local = await world.agentVm("forward", "first-branch", "18123:8123", "-d");
      expect(local.code, local.all).toBe(0);
      expect(await (await fetch("http://127.0.0.1:18123/host.txt")).text()).toBe("from the host\n");
      const reverse = await world.agentVm("forward", "--reverse", `${port}:8124`, "-d");
      expect(reverse.code, reverse.all).toBe(0);
      const get = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8124').read().decode())";
      const inside = await world.agentVm("connect", "first-branch", "--", "python3", "-c", get);
      expect(inside.stdout).toContain("from the host");
      expect((await world.agentVm("status")).stdout).toContain(
        `port 8124 of the VM → port ${port} of this host`,
      );
    } finally {
      server.close();
    }
    expect((await world.agentVm("forward", "stop")).code).toBe(0);
    await expect(fetch("http://127.0.0.1:18123/")).rejects.toThrow();
    await world.agentVm("kill", "first-branch");
  });

  it("gets its clock set right at the first connection", async () => {
    await world.admin("sudo systemctl stop systemd-timesyncd; sudo date -s '2 hours ago'");
    await world.admin("true");
    for (const account of ["e2e", "e2e-admin"]) {
      await import("execa").then(({ execa }) =>
        execa("ssh", ["-F", join(world.state, "ssh_config"), "-O", "exit", account], { reject: false }),
      );
    }
    const started = await world.agentVm("start");
    expect(started.stderr).toContain("clock");
    const { stdout } = await world.agentVm("connect", "--", "date", "+%s");
    expect(Math.abs(Number(stdout) - Date.now() / 1000)).toBeLessThan(60);
  });
});

describe("states that a VM can be in", () => {
  it("says so when it runs and does not answer", async () => {
    const pid = Number(await readText(join(world.limaHome, VM, "qemu.pid")));
    process.kill(pid, "SIGSTOP");
    try {
      const status = await world.agentVm("status", "--json");
      expect(JSON.parse(status.stdout).state).toBe("not answering");
      const unmounted = await world.agentVm("unmount");
      expect(unmounted.code, unmounted.all).toBe(0);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  it("names the step when provisioning fails, and goes on from it", async () => {
    const spoil = "sudo rm /var/lib/agent-vm/stamps/80-markers && sudo chattr +i /etc/agent-environment";
    expect((await world.admin(spoil)).code).toBe(0);
    const failed = await world.agentVm("start");
    expect(failed.code, failed.all).toBe(1);
    expect(failed.stderr).toContain("80-markers");
    expect(failed.stderr).toContain("/etc/agent-environment");
    expect((await world.agentVm("logs", "provision")).stdout).toContain("80-markers");
    await world.admin("sudo chattr -i /etc/agent-environment");
    const mended = await world.agentVm("start");
    expect(mended.code, mended.all).toBe(0);
    expect(mended.stderr).toContain("provision 1/1");
  });

  it("is refused another size, and keeps its own", async () => {
    const answer = await world.agentVm("start", "--memory", "4");
    expect(answer.code, answer.all).toBe(2);
    expect(answer.stderr).toContain("2 GB of memory");
  });

  it("shows its console, cleaned", async () => {
    const { stdout } = await world.agentVm("logs", "vm");
    // Its last lines: a log of a whole boot is longer than what is shown.
    expect(stdout).toContain(`lima-${VM} login:`);
    expect(stdout).not.toContain("\u001b");
  });
});

describe("stop and start", () => {
  it("keeps the workspace, and the pinned host key fits the same VM on another port", async () => {
    const pin = await readText(join(world.state, "known_hosts"));
    const stopped = await world.agentVm("stop");
    expect(stopped.code, stopped.all).toBe(0);
    expect(JSON.parse((await world.agentVm("status", "--json")).stdout)).toMatchObject({ state: "stopped" });
    const starting = world.begin("start");
    await until(starting, "start the VM");
    // A second terminal meanwhile: it waits for the first and then works.
    const second = await world.agentVm("connect", "first-branch", "--", "cat", "host.txt");
    expect(second.code, second.all).toBe(0);
    expect(second.stdout).toBe("from the host");
    expect(second.stderr).toMatch(/Waiting for another command: agent-vm start \(process \d+\)/);
    expect((await starting).exitCode).toBe(0);
    expect(await readText(join(world.state, "known_hosts"))).toBe(pin);
    const port = /^ {2}Port \d+$/m.exec(await readText(join(world.state, "ssh_config")))?.[0];
    expect(await readText(join(world.state, "ssh_hosts"))).toContain(`${port}\n`);
    expect((await world.agentVm("ssh-config", "--remove")).code).toBe(0);
  });

  it("gives a copy of the VM a host key and a machine-id of its own", async () => {
    const identity = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f1,2";
    const original = await world.admin(identity);
    expect(original.code, original.all).toBe(0);
    await world.agentVm("stop");
    const cloned = await world.limactl(["clone", VM, "copy"]);
    expect(cloned.code, cloned.all).toBe(0);
    const started = await world.limactl(["start", "copy"]);
    expect(started.code, started.all).toBe(0);
    const copy = await world.limactl(["shell", "--workdir", "/", "copy", "sh", "-c", identity]);
    const [machine, key, ...rest] = copy.stdout.trim().split("\n");
    expect(rest).toEqual([]);
    expect(machine).toMatch(/^[0-9a-f]{32}$/);
    expect(key).toMatch(/^ssh-ed25519 /);
    expect(original.stdout.trim().split("\n")).not.toContain(machine);
    expect(original.stdout.trim().split("\n")).not.toContain(key);
    await world.limactl(["delete", "--force", "copy"]);
  });

  it("refuses to start when Lima's own override would open the VM", async () => {
    // It is stopped since its copy was made.
    const override = join(world.limaHome, "_config", "override.yaml");
    await writeFile(
      override,
      'env: {LEAK: "1"}\nportForwards: [{guestPort: 80, hostPort: 8080, static: true}]\n',
    );
    const answer = await world.agentVm("start");
    await rm(override);
    expect(answer.code, answer.all).toBe(4);
    expect(answer.stderr).toContain("portForwards has a static forward");
    expect(answer.stderr).toContain("env is not empty");
  });

  it("leaves a stranger alone whose process number stands in a stale pid file", async () => {
    const { execa } = await import("execa");
    const stranger = execa("sleep", ["600"], { reject: false });
    try {
      await writeFile(join(world.limaHome, "e2e", "ha.pid"), `${stranger.pid}\n`);
      await writeFile(join(world.limaHome, "e2e", "qemu.pid"), `${stranger.pid}\n`);
      expect(JSON.parse((await world.agentVm("status", "--json")).stdout).state).toBe("stopped");
      const started = await world.agentVm("start");
      expect(started.code, started.all).toBe(0);
      // Signal 0 throws when the process is gone.
      process.kill(stranger.pid ?? 0, 0);
    } finally {
      stranger.kill();
    }
  });
});

describe("nothing is lost at the end", () => {
  it("cleans uncommitted work only when it is saved, and brings it back", async () => {
    await world.agentVm("connect", "first-branch", "--", "sh", "-c", "echo only here > precious.txt");
    const vault = join(world.home, ".local/state/agent-vm/vault");
    await rename(vault, `${vault}.away`).catch(() => undefined);
    await writeFile(vault, "no directory");
    for (const words of [["clean", "first-branch"], ["clean-all"], ["destroy"]]) {
      const answer = await world.agentVm(...words, "--yes");
      expect(answer.code, answer.all).toBe(4);
      expect(answer.all).toContain("precious.txt");
    }
    await rm(vault);
    await rename(`${vault}.away`, vault).catch(() => undefined);
    const cleaned = await world.agentVm("clean", "first-branch", "--yes");
    expect(cleaned.code, cleaned.all).toBe(0);
    const restored = await world.agentVm("restore", "first-branch");
    expect(restored.code, restored.all).toBe(0);
    const there = await world.agentVm("connect", "first-branch", "--", "cat", "precious.txt");
    expect(there.stdout).toBe("only here");
    await world.agentVm("connect", "first-branch", "--", "rm", "precious.txt");
  });

  it("cleans a workspace that the host has whole, and destroys the VM", async () => {
    const cleaned = await world.agentVm("clean", "first-branch", "--yes");
    expect(cleaned.code, cleaned.all).toBe(0);
    const destroyed = await world.agentVm("destroy", "--yes");
    expect(destroyed.code, destroyed.all).toBe(0);
    expect(JSON.parse((await world.agentVm("status", "--json")).stdout).state).toBe("missing");
    expect((await world.limactl(["list", "-q"])).stdout).toBe("agent-vm");
  });
});
