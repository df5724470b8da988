// What an agent can reach and change in a real VM: guarded, open, and back. Each closed door is seen open without the rule.
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostServices, openHostServices } from "./host-services.ts";
import { makeWorld, VM, type World } from "./world.ts";

let world: World;
let services: HostServices;

beforeAll(async () => {
  world = await makeWorld({ full: true });
  services = await openHostServices();
  const start = await world.agentVm("start", "--yes", "--memory", "4", "--disk", "24");
  expect(start.code, start.all).toBe(0);
  const image = await world.agent(MAKE_IMAGE);
  expect(image.code, image.all).toBe(0);
});

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  await world.limactl(["delete", "--force", VM]);
  await services.close();
  await world.remove();
});

/** An image of bash and little more, imported from a tarball: nothing is pulled. */
const MAKE_IMAGE = `set -e
programs='/bin/bash /usr/bin/timeout'
files=$(for p in $programs; do ldd $p | grep -o '/[^ ]*'; done | sort -u)
tar --dereference --transform 's,^,/,' -cf - $programs $files /etc/nsswitch.conf | podman import - probe >/dev/null`;

/** Arguments: pairs of address and port. One line each: the pair, and open or closed. */
const PROBE = [
  "while [ $# -gt 0 ]; do",
  '  if timeout 15 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; then echo "$1 open"; else echo "$1 closed"; fi',
  "  shift 2",
  "done",
].join("\n");

const probe = (doors: readonly string[]) => `bash -c '${PROBE}' probe ${doors.join(" ")}`;
const results = (doors: readonly string[], word: "open" | "closed") =>
  doors.map((door) => `${door.split(" ")[0]} ${word}`).join("\n");

const INTERNET = ["registry.npmjs.org 443", "deb.debian.org 443"];

/** Ways in which an agent's program can run: by itself, in namespaces of its own, in containers. */
const WAYS: [string, (command: string) => string][] = [
  ["the agent's account", (command) => command],
  ["podman unshare", (command) => `podman unshare ${command}`],
  ["a container with the VM's network", (command) => `podman run --rm --network host probe ${command}`],
  ["a container with a network of its own", (command) => `podman run --rm probe ${command}`],
  [
    "a container as another user with the VM's network",
    (command) => `podman run --rm --user 1234 --network host probe ${command}`,
  ],
];

describe("guarded, the default", () => {
  it("lets the administrator reach all services of this test", async () => {
    const answer = await world.admin(probe(services.doors));
    expect(answer.stdout).toBe(results(services.doors, "open"));
  });

  it.each(WAYS)("closes the host, its LAN and the metadata address to %s", async (_name, way) => {
    const answer = await world.agent(way(probe(services.doors)));
    expect(answer.stdout, answer.all).toBe(results(services.doors, "closed"));
  });

  it.each(WAYS)("leaves the internet and its names open to %s", async (_name, way) => {
    const answer = await world.agent(way(probe(INTERNET)));
    expect(answer.stdout, answer.all).toBe(results(INTERNET, "open"));
  });

  it("answers npm's registry and apt over https", async () => {
    const npm = await world.agent("curl -fsS -o /dev/null https://registry.npmjs.org/ms");
    expect(npm.code, npm.all).toBe(0);
    const apt = await world.admin("sudo -n apt-get update");
    expect(apt.code, apt.all).toBe(0);
  });

  it("closes the broadcast address, which leads to the host's loopback", async () => {
    const send = `python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b"x", ("255.255.255.255", ${services.udpPort}))'`;
    await world.agent(send);
    await world.admin("true");
    expect(services.datagrams()).toBe(0);
    await world.admin(send);
    await expect.poll(services.datagrams, { timeout: 30_000 }).toBe(1);
  });

  it("closes the way through a forward of the agent's own connection", async () => {
    const [address = "", port = ""] = (services.doors[0] ?? "").split(" ");
    const through = (alias: string) =>
      execa(
        "ssh",
        ["-F", join(world.state, "ssh_config"), "-S", "none", "-o", "ClearAllForwardings=no"].concat([
          "-W",
          `${address}:${port}`,
          alias,
        ]),
        { reject: false, input: "" },
      );
    expect((await through(`${VM}-admin`)).stdout).toBe("host");
    expect((await through(VM)).stdout).toBe("");
  });

  it("gives the agent no root, no dangerous group and no Docker as root", async () => {
    const answer = await world.agent(
      "sudo -n true 2>/dev/null && echo root; id -nG; systemctl is-active docker.service",
    );
    const [groups, ...more] = answer.stdout.split("\n").filter((line) => line !== "inactive");
    // Nested VMs give no power over this one.
    expect(groups).toMatch(/^agent( kvm)?$/);
    expect(more).toEqual([]);
    const group = await world.admin("sudo -n usermod -aG docker agent; getent group docker");
    expect(group.stdout).toContain("agent");
    await world.admin("sudo -n gpasswd -d agent docker");
  });

  it("cannot be changed by the agent", async () => {
    const rules = () => world.admin("sudo -n nft list table inet agent_vm");
    const before = await rules();
    const tries = [
      ...["sudo -n /usr/sbin/nft flush ruleset", "/usr/sbin/nft flush ruleset"],
      ...["unshare -Ur /usr/sbin/nft flush ruleset", "unshare -Urn /usr/sbin/nft flush ruleset"],
      ...[
        "podman unshare /usr/sbin/nft flush ruleset",
        "podman unshare /usr/sbin/nft delete table inet agent_vm",
      ],
      ...["systemctl stop agent-vm-guard.service", "echo >/etc/agent-vm/guard.nft"],
      ...["sysctl -w kernel.core_pattern=core", "rm -f /etc/systemd/system/agent-vm-guard.service"],
    ];
    for (const line of tries) await world.agent(line);
    expect(before.stdout).toContain("skuid");
    expect((await rules()).stdout).toBe(before.stdout);
    const answer = await world.agent(probe(services.doors));
    expect(answer.stdout).toBe(results(services.doors, "closed"));
  });

  it.each(["start", "reload", "restart", "stop"])(
    "outlives the %s of Debian's own firewall service, which flushes everything",
    async (verb) => {
      const answer = await world.admin(`sudo -n systemctl ${verb} nftables.service`);
      expect(answer.code, answer.all).toBe(0);
      const doors = services.doors.slice(0, 1);
      expect((await world.agent(probe(doors))).stdout).toBe(results(doors, "closed"));
    },
  );

  it("leaves no core file", async () => {
    const crash =
      "cd && rm -f core*; ulimit -c unlimited; bash -c 'kill -SEGV $$'; ls core* 2>/dev/null | wc -l";
    expect((await world.agent(crash)).stdout).toBe("0");
  });

  it("is there again after a restart", async () => {
    const restart = await world.agentVm("restart");
    expect(restart.code, restart.all).toBe(0);
    const answer = await world.agent(probe(services.doors));
    expect(answer.stdout).toBe(results(services.doors, "closed"));
  });

  it("closes the agent's account when the rules cannot be loaded, and opens it when they can", async () => {
    await world.admin(
      "sudo -n sh -c 'cp /etc/agent-vm/guard.nft /root/; echo nonsense >/etc/agent-vm/guard.nft; systemctl restart agent-vm-guard'",
    );
    const alone = (script: string) =>
      execa("ssh", ["-F", join(world.state, "ssh_config"), "-S", "none", VM, script], { reject: false });
    expect((await alone("true")).exitCode).toBe(255);
    await world.admin("sudo -n sh -c 'mv /root/guard.nft /etc/agent-vm/; systemctl restart agent-vm-guard'");
    expect((await alone("true")).exitCode).toBe(0);
  });

  it.each(WAYS)("is what closes the doors: without its rules they are open to %s", async (_name, way) => {
    await world.admin("sudo -n nft delete table inet agent_vm");
    const answer = await world.agent(way(probe(services.doors)));
    await world.admin("sudo -n systemctl restart agent-vm-guard.service");
    // A network of the container's own may have no way to site-local and link-local IPv6 addresses.
    const reachable = answer.stdout.split("\n").filter((line) => !/^fe[c8]0/.test(line));
    expect(reachable.join("\n"), answer.all).toBe(
      results(
        services.doors.filter((door) => !/^fe[c8]0/.test(door)),
        "open",
      ),
    );
  });
});

describe("doctor tries it", () => {
  const profile = async (...flags: string[]) => {
    const answer = await world.agentVm("doctor", "--json", ...flags);
    const { vm } = JSON.parse(answer.stdout) as { vm: { name: string; ok: boolean; detail: string }[] };
    return vm.find(({ name }) => name === "profile");
  };

  it("and finds it in force", async () => {
    const found = await profile();
    expect(found?.detail).toMatch(/tried: no root; closed: .*metadata.*loopback \(IPv4\).*loopback \(IPv6\)/);
    expect(found?.ok).toBe(true);
  });

  it("finds out that it is not, whatever is configured, and --fix puts it in force again", async () => {
    await world.admin("sudo -n nft delete table inet agent_vm");
    const found = await profile();
    expect(found?.ok).toBe(false);
    expect(found?.detail).toMatch(/loopback \(IPv4\) can be reached.*loopback \(IPv6\) can be reached/);
    expect((await profile("--fix"))?.ok).toBe(true);
    expect((await world.agent(probe(services.doors))).stdout).toBe(results(services.doors, "closed"));
  });
});

describe("open", () => {
  it("needs more than a yes", async () => {
    const answer = await world.agentVm("profile", "set", "open", "--yes");
    expect(answer.code, answer.all).toBe(4);
    expect(answer.stderr).toContain("--accept-risk");
    expect((await world.agent("sudo -n true")).code).not.toBe(0);
  });

  it("gives root, Docker and the host's networks, and says so each time", async () => {
    const answer = await world.agentVm("profile", "set", "open", "--accept-risk");
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stderr).toMatch(/now, guarded:[\s\S]*then, open:/);
    const can = await world.agent(`sudo -n true && echo root; id -nG; ${probe(services.doors)}`);
    expect(can.stdout).toContain("root\n");
    expect(can.stdout).toContain("docker");
    expect(can.stdout).toContain(results(services.doors, "open"));
    expect((await world.agent("docker -H unix:///run/docker.sock info")).code).toBe(0);
    for (const command of ["start", "status", "doctor"]) {
      expect((await world.agentVm(command)).all, command).toMatch(/root in the VM/);
    }
  });
});

describe("back to guarded", () => {
  it("closes all again, and says that what the agent did as root stays", async () => {
    const answer = await world.agentVm("profile", "set", "guarded");
    expect(answer.code, answer.all).toBe(0);
    expect(answer.stderr).toMatch(/was root in this VM before.*fresh VM/);
    const can = await world.agent(`sudo -n true 2>/dev/null && echo root; id -nG; ${probe(services.doors)}`);
    expect(can.stdout.replace(/^agent kvm\n/, "agent\n")).toBe(`agent\n${results(services.doors, "closed")}`);
    const active = await world.admin("systemctl is-active docker.service docker.socket");
    expect(active.stdout).toBe("inactive\ninactive");
  });
});

it("locked is named and not there yet", async () => {
  const answer = await world.agentVm("profile", "set", "locked");
  expect(answer.code, answer.all).toBe(2);
  expect(answer.stderr).toContain("does not exist yet");
});
