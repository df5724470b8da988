// Ports of the VM on this host, and back, held by a real keeper over a real sshd on loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { askKeeper, keeperStatus } from "../../src/domain/keeper/ask.ts";
import { createControl, listen } from "../../src/domain/keeper/control.ts";
import { ensureKeeper } from "../../src/domain/keeper/ensure.ts";
import { readWantedForwards } from "../../src/domain/keeper/forwards-wanted.ts";
import { controlSocket, keeperLog, writeKeeperRecord } from "../../src/domain/keeper/record.ts";
import { forwardPorts, listForwards, stopForwards } from "../../src/domain/ports/forward.ts";
import { type Listener, lookWhoListens } from "../../src/domain/ports/listening.ts";
import { portRows } from "../../src/domain/ports/words.ts";
import { writeRecord } from "../../src/domain/vm/record.ts";
import { Interrupted } from "../../src/errors.ts";
import { thisProcess } from "../../src/io/lock.ts";
import { createForwardHost, type ForwardHost } from "./forward-host.ts";
import { refused } from "./guest.ts";
import { freePort } from "./loopback-sshd.ts";

let host: ForwardHost;
beforeAll(async () => {
  host = await createForwardHost();
});
afterAll(() => host.remove());

let server: Server;
let port: number;
let over: AbortController;
let children: ChildProcess[];
beforeEach(async () => {
  children = [];
  over = new AbortController();
  server = createServer((_request, response) => response.end("from the server"));
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  mkdirSync(host.paths.state, { recursive: true });
  await writeRecord(host.paths, {
    ...{ phase: "ready", limaHome: "/", image: "x", accel: "tcg", vcpu: 1, memory: 1, disk: 1 },
    ...{ createdAt: "2026-01-01T00:00:00.000Z", profile: "guarded" },
  });
});
afterEach(async () => {
  over.abort();
  for (const child of children) child.kill("SIGKILL");
  await host.over();
  server.closeAllConnections();
  server.close();
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 600) throw new Error(`it did not happen: ${readFileSync(keeperLog(host.paths), "utf8")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const answerOn = (where: number, address = "127.0.0.1"): Promise<string | undefined> =>
  fetch(`http://${address}:${where}`, { signal: AbortSignal.timeout(20_000) })
    .then((response) => response.text())
    .catch(() => undefined);
/** Never 0, which would be this process's own group. */
const keeperPid = async (): Promise<number> => {
  const { pid } = (await keeperStatus(host.paths)) ?? {};
  if (pid === undefined) throw new Error("no keeper lives");
  return pid;
};
const local = (from: number) => ({ kind: "local" as const, host: from, guest: port, branch: "work" });

test("detached: it stands on loopback, is listed, comes back after its connection was lost, and is taken back", async () => {
  const here = await freePort();
  await forwardPorts(host.ctx, [local(here)], { detach: true });
  expect(host.said.join("\n")).toContain(`http://127.0.0.1:${here} → port ${port} of the VM (work)`);
  expect(await answerOn(here)).toBe("from the server");
  expect(await answerOn(here, "127.0.0.2")).toBeUndefined();
  expect(await listForwards(host.ctx)).toMatchObject([{ kind: "local", host: here, guest: port, up: true }]);
  await host.restartGuest();
  await until(async () => (await answerOn(here)) === "from the server");
  expect(await stopForwards(host.ctx, [here])).toHaveLength(1);
  expect(await answerOn(here)).toBeUndefined();
  expect(await listForwards(host.ctx)).toEqual([]);
});

test("attached: it ends with its command, also one that was killed", async () => {
  const here = await freePort();
  const work = forwardPorts({ ...host.ctx, signal: over.signal }, [local(here)], { detach: false });
  await until(async () => (await answerOn(here)) === "from the server");
  over.abort();
  await work;
  expect(await answerOn(here)).toBeUndefined();
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  children.push(child);
  await host.hold(local(here), child.pid ?? 0);
  expect(await answerOn(here)).toBe("from the server");
  child.kill("SIGKILL");
  await until(async () => (await answerOn(here)) === undefined);
  expect(await listForwards(host.ctx)).toEqual([]);
});

/** A command that shows its forward, with that port. */
async function attach(here: number): Promise<{ work: Promise<void> }> {
  const work = forwardPorts({ ...host.ctx, signal: over.signal }, [local(here)], { detach: false });
  work.catch(() => undefined);
  await until(async () => (await answerOn(here)) === "from the server");
  return { work };
}

test("attached: it says so and ends when another command takes its port back, and leaves alone what is not its own", async () => {
  const here = await freePort();
  const { work } = await attach(here);
  await stopForwards(host.ctx, [here]);
  await work;
  expect(host.said.join("\n")).toContain(`Taken back by another command: http://127.0.0.1:${here}`);
  await forwardPorts(host.ctx, [local(here)], { detach: true });
  await askKeeper(host.paths, { ask: "unforward", forwards: [{ ...local(here), holder: process.pid }] });
  expect(await answerOn(here)).toBe("from the server");
});

test("attached: it ends with an error when the keeper ends, as with the VM", async () => {
  const { work } = await attach(await freePort());
  await host.over();
  expect((await refused(work)).message).toContain("Nothing is forwarded any more");
});

test("a keeper that is killed leaves no port open, whatever the VM holds on to", async () => {
  const [here, inside] = [await freePort(), await freePort()];
  const reverse = { kind: "reverse" as const, host: port, guest: inside, branch: "" };
  await forwardPorts(host.ctx, [local(here), reverse], { detach: true });
  // An open connection through each is what ssh would wait for.
  const open = await Promise.all([here, inside].map(connected));
  const pid = await keeperPid();
  process.kill(pid, "SIGKILL");
  for (const where of [here, inside]) await until(async () => (await answerOn(where)) === undefined);
  for (const socket of open) socket.destroy();
});

test("detached: it comes back with the next keeper after its own was killed; attached: not", async () => {
  const [here, shown] = [await freePort(), await freePort()];
  await forwardPorts(host.ctx, [local(here)], { detach: true });
  const { work } = await attach(shown);
  const pid = await keeperPid();
  process.kill(pid, "SIGKILL");
  await refused(work);
  await until(async () => (await answerOn(here)) === undefined);
  expect(await listForwards(host.ctx)).toMatchObject([{ kind: "local", host: here, guest: port, up: false }]);
  await ensureKeeper(host.ctx);
  await until(async () => (await answerOn(here)) === "from the server");
  // The port answers a moment before the keeper has heard so.
  await until(async () => (await listForwards(host.ctx))[0]?.up === true);
  expect(await listForwards(host.ctx)).toMatchObject([{ host: here, branch: "work" }]);
  expect(await readWantedForwards(host.paths)).toHaveLength(1);
  await stopForwards(host.ctx, [here]);
  expect(await readWantedForwards(host.paths)).toEqual([]);
});

test("detached: it is taken back also while no keeper lives, and a stop of the VM forgets it", async () => {
  const [here, other] = [await freePort(), await freePort()];
  await forwardPorts(host.ctx, [local(here), local(other)], { detach: true });
  const pid = await keeperPid();
  process.kill(pid, "SIGKILL");
  await until(async () => (await keeperStatus(host.paths)) === undefined);
  expect(await stopForwards(host.ctx, [here])).toHaveLength(1);
  expect(await listForwards(host.ctx)).toMatchObject([{ host: other }]);
  await ensureKeeper(host.ctx);
  await until(async () => (await answerOn(other)) === "from the server");
  expect(await answerOn(here)).toBeUndefined();
  // A keeper that ends with the VM writes nothing more.
  await host.over();
  await until(async () => (await keeperStatus(host.paths)) === undefined);
  expect(await listForwards(host.ctx)).toEqual([]);
});

/** A connection that stays, in the midst of a request. */
const connected = async (where: number): Promise<Socket> => {
  const socket = connect(where, "127.0.0.1").on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  return socket;
};

test("Ctrl-C before it stands takes it back, and does not wait for a VM that says nothing", async () => {
  const silent = createTcpServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const config = readFileSync(host.paths.sshConfig, "utf8");
  const elsewhere = `Port ${(silent.address() as AddressInfo).port}`;
  writeFileSync(host.paths.sshConfig, config.replace(/Port \d+/, elsewhere));
  try {
    const reverse = { kind: "reverse" as const, host: port, guest: await freePort(), branch: "" };
    const work = forwardPorts({ ...host.ctx, signal: over.signal }, [reverse], { detach: true });
    work.catch(() => undefined);
    await until(async () => (await listForwards(host.ctx)).length === 1);
    over.abort();
    await expect(work).rejects.toThrow(Interrupted);
    expect(await listForwards(host.ctx)).toEqual([]);
  } finally {
    writeFileSync(host.paths.sshConfig, config);
    silent.close();
  }
});

test("a keeper that gives no answer is no bug", async () => {
  const here = await freePort();
  await forwardPorts(host.ctx, [local(here)], { detach: true });
  // As one of an older version, it knows no such question, and is needed all the same.
  const unknown = { ...local(await freePort()), kind: "sideways" as "local" };
  expect((await refused(forwardPorts(host.ctx, [unknown], { detach: true }))).message).toContain(
    "gave no answer",
  );
});

test("a keeper that is silent for a while, as on a busy machine, is waited for and goes on", async () => {
  const here = await freePort();
  await forwardPorts(host.ctx, [local(here)], { detach: true });
  const pid = await keeperPid();
  process.kill(pid, "SIGSTOP");
  const ensured = ensureKeeper(host.ctx);
  // Longer than two questions are waited for.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  process.kill(pid, "SIGCONT");
  await ensured;
  expect((await keeperStatus(host.paths))?.pid).toBe(pid);
  expect(await answerOn(here)).toBe("from the server");
});

test("a keeper that is silent is not taken for one that forwards nothing", async () => {
  mkdirSync(host.paths.sockets, { recursive: true, mode: 0o700 });
  const silent = createControl(() => new Promise(() => undefined));
  await listen(silent, controlSocket(host.paths));
  await writeKeeperRecord(host.paths, { ...(await thisProcess()), program: "silent" });
  try {
    expect((await refused(listForwards(host.ctx))).message).toContain("gave no answer");
  } finally {
    silent.close();
    rmSync(join(host.paths.state, "keeper.json"));
  }
});

test("a taken port is said with its owner, or as ours", async () => {
  const error = await refused(forwardPorts(host.ctx, [local(port)], { detach: true }));
  expect(error.message).toMatch(
    new RegExp(`^Port ${port} of this host cannot be used: .*\\(process ${process.pid}\\) listens there\\.$`),
  );
  expect(error.hint).toContain(`:${port}`);
  const here = await freePort();
  await forwardPorts(host.ctx, [local(here)], { detach: true });
  const again = await refused(forwardPorts(host.ctx, [local(here)], { detach: true }));
  expect(again.message).toContain("agent-vm forwards it already");
  expect((await refused(stopForwards(host.ctx, [1]))).message).toContain("not forwarded");
});

test("a port of this host is reached in the VM, and said so", async () => {
  const inside = await freePort();
  const reverse = { kind: "reverse" as const, host: port, guest: inside, branch: "" };
  await forwardPorts(host.ctx, [reverse], { detach: true });
  expect(host.said.join("\n")).toContain(`can reach port ${port} of this host now`);
  expect(await answerOn(inside)).toBe("from the server");
  const again = await refused(forwardPorts(host.ctx, [reverse], { detach: false }));
  expect(again.message).toMatch(new RegExp(`^Port ${inside} of the VM cannot be used: agent-vm forwards it`));
  expect(again.hint).toContain(`agent-vm forward stop ${port}`);
  const low = await refused(forwardPorts(host.ctx, [{ ...reverse, guest: 80 }], { detach: true }));
  expect(low.message).toBe("Port 80 of the VM cannot be used: only root may listen there.");
  expect(low.hint).toContain(`--reverse ${port}:10080`);
  await stopForwards(host.ctx, []);
  expect(await answerOn(inside)).toBeUndefined();
});

test("who listens: the program, its workspace, since when, and where it is reached", async () => {
  const directory = host.file("workspace/shop-work/web");
  mkdirSync(directory, { recursive: true });
  const script =
    'require("http").createServer((_, r) => r.end("inside")).listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
  const child = spawn(process.execPath, ["-e", script], {
    cwd: directory,
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  const listens = await new Promise<number>((resolve) =>
    child.stdout?.once("data", (bytes) => resolve(Number(String(bytes)))),
  );
  const found = (await lookWhoListens(host.ctx, host.target)).find((one) => one.port === listens);
  expect(found).toMatchObject({ address: "loopback", pid: child.pid, dir: "shop-work" });
  expect(Math.abs((found?.since ?? 0) - Date.now() / 1000)).toBeLessThan(120);
  const here = await freePort();
  await forwardPorts(host.ctx, [{ ...local(here), guest: listens }], { detach: true });
  expect(await answerOn(here)).toBe("inside");
  const shown = portRows(
    [{ ...(found as Listener), branch: "work", forwarded: [here] }],
    Date.now() / 1000,
    true,
  );
  expect(shown.rows[0]).toEqual(expect.arrayContaining([String(listens), "work", `127.0.0.1:${here}`]));
});
