// A network where only this host's proxy leads out: a real VM whose direct way is closed, and a real proxy on loopback.
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeWorld, VM, type World } from "./world.ts";

let world: World;
let proxy: Server;
/** Request lines with right credentials, and how many came with wrong ones or none. */
const tunnels: string[] = [];
let strangers = 0;

const PASSWORD = "canary-4711-Passw0rd";
const BASIC = Buffer.from(`ann:${PASSWORD}`).toString("base64");

/** Finds both, and not itself: sudo logs what it runs. */
const PATTERN = [PASSWORD, BASIC].map((word) => `${word.slice(0, 5)}[${word[5]}]${word.slice(6)}`).join("|");

beforeAll(async () => {
  world = await makeWorld();
  proxy = createServer(serve);
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const start = await world.agentVm("start", "--yes", "--memory", "2", "--disk", "12");
  expect(start.code, start.all).toBe(0);
});

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  await world.limactl(["delete", "--force", VM]);
  proxy.close();
  await world.remove();
});

/** A proxy as small as can be: tunnels, and plain requests for apt. */
function serve(socket: import("node:net").Socket): void {
  socket.on("error", () => {});
  socket.once("data", (bytes: Buffer) => {
    const text = bytes.toString("latin1");
    const [first = ""] = text.split("\r\n");
    const [, name, port] = /^(?:CONNECT |[A-Z]+ http:\/\/)([^:/ ]+)(?::(\d+))?/.exec(first) ?? [];
    if (!text.includes(`Proxy-Authorization: Basic ${BASIC}\r\n`) || name === undefined) {
      strangers += 1;
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    tunnels.push(first);
    const there = connect(Number(port ?? 80), name, () => {
      if (first.startsWith("CONNECT")) socket.write("HTTP/1.1 200 OK\r\n\r\n");
      else there.write(bytes);
      socket.pipe(there).pipe(socket);
    });
    there.on("error", () => socket.destroy());
  });
}

/** Survives a reboot; ssh from the host comes from 192.168.5.2. */
const CLOSE = `sudo -n sh -c 'cat >/etc/nftables.conf <<RULES
table inet closed {
  chain output {
    type filter hook output priority 0;
    oifname lo accept
    ip daddr 192.168.5.0/24 accept
    meta l4proto { tcp, udp } drop
  }
}
RULES
systemctl enable --now nftables.service; systemctl restart nftables.service'`;

const NPM = "curl -fsS -m 60 -o /dev/null https://registry.npmjs.org/ms";

it("auto leaves a VM alone that has a direct way", async () => {
  world.env["https_proxy"] = `http://ann:${PASSWORD}@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  world.env["http_proxy"] = world.env["https_proxy"];
  world.env["no_proxy"] = "intranet.example";
  const restart = await world.agentVm("restart");
  expect(restart.code, restart.all).toBe(0);
  expect((await world.agent("cat /etc/environment")).stdout).not.toMatch(/proxy/i);
});

it("auto takes the host's proxy for a VM that has none", async () => {
  await world.admin(CLOSE);
  expect((await world.agent(NPM)).code).not.toBe(0);
  const restart = await world.agentVm("restart");
  expect(restart.code, restart.all).toBe(0);
  expect(restart.stderr).toContain("through this host's proxy");
  expect((await world.agent("cat /etc/environment")).stdout).toContain(
    "no_proxy=localhost,127.0.0.1,::1,intranet.example",
  );
});

it("leads sessions out, with credentials that never come into the VM", async () => {
  tunnels.length = 0;
  const answer = await world.agentVm("connect", "--", "sh", "-c", NPM);
  expect(answer.code, answer.all).toBe(0);
  expect(tunnels).toEqual(["CONNECT registry.npmjs.org:443 HTTP/1.1"]);
  const search = `sudo -n grep -rlsE '${PATTERN}' /etc /home /root /run /var/lib /var/log /tmp`;
  expect((await world.admin(search)).stdout).toBe("");
  const environments = `sudo -n sh -c 'cat /proc/[0-9]*/environ' | tr '\\0' '\\n' | grep -cE '${PATTERN}'`;
  expect((await world.admin(environments)).stdout).toBe("0");
  for (const file of [
    "vm.json",
    "logs/provision.log",
    "logs/limactl.log",
    "logs/keeper.log",
    "logs/proxy.log",
  ]) {
    expect(await readFile(join(world.state, file), "latin1"), file).not.toMatch(/canary-4711/);
  }
});

it("leads a provisioning step's apt out", async () => {
  tunnels.length = 0;
  // A step that is due again installs what was taken away.
  const away = await world.admin(
    "sudo -n sh -c 'dpkg --remove --force-depends tmux; rm -f /var/lib/agent-vm/stamps/40-packages'",
  );
  expect(away.code, away.all).toBe(0);
  const start = await world.agentVm("start");
  expect(start.code, start.all).toBe(0);
  expect(tunnels.length).toBeGreaterThan(0);
  expect((await world.admin("dpkg -s tmux | grep -c '^Status: install ok installed'")).stdout).toBe("1");
});

it("does not lead a guarded VM back to the host or its network", async () => {
  tunnels.length = 0;
  const port = (proxy.address() as AddressInfo).port;
  const tries = [
    `http://127.0.0.1:${port}/`,
    "http://localhost:22/",
    "http://169.254.169.254/",
    "http://10.77.0.2/",
  ];
  const script = tries
    .map((url) => `curl -s -m 20 --noproxy '' -o /dev/null -w '%{http_code} ' ${url}`)
    .join("; ");
  const answer = await world.agentVm("connect", "--", "sh", "-c", script);
  expect(answer.stdout.trim()).toBe("403 403 403 403");
  expect(tunnels).toEqual([]);
});

it("shows the password in no list of processes, and the proxy got it each time", async () => {
  const session = world.begin("connect", "--", "sleep", "60");
  let seen = "";
  // The forward to the proxy is the last that a session needs.
  for (const end = Date.now() + 60_000; !seen.includes("28128") && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    seen += (await execa("ps", ["axww", "-o", "args"])).stdout;
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  seen += (await execa("ps", ["axww", "-o", "args"])).stdout;
  session.kill("SIGTERM");
  await session;
  expect(seen).toContain("28128");
  expect(seen).not.toMatch(new RegExp(`${PASSWORD}|${BASIC}`));
  expect(strangers).toBe(0);
});

it("off takes it away again", async () => {
  const start = await world.agentVm("start", "--proxy", "off");
  expect(start.code, start.all).toBe(0);
  expect((await world.agent("cat /etc/environment")).stdout).not.toMatch(/proxy/i);
});

it("on without a proxy on the host is refused", async () => {
  for (const name of ["http_proxy", "https_proxy"]) delete world.env[name];
  const answer = await world.agentVm("start", "--proxy", "on");
  expect(answer.code, answer.all).toBe(2);
});
