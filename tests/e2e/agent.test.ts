// A real agent does the main job against a scripted model, with the key in its environment and behind the proxy; then
// the planted keys are looked for on both sides.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { leftBehindCases } from "./left-behind-cases.ts";
import { sessionCases } from "./session-cases.ts";
import { CHECKOUT, makeWorld, readText, VM, type World } from "./world.ts";

const MODEL = join(CHECKOUT, "tests/e2e/scripted-model.mjs");
const KEY = "sk-canary-in-the-environment-0123456789";
const HELD = "sk-canary-behind-the-proxy-9876543210";
const GUEST_PORT = "8799";

let world: World;
let model: ChildProcess;
/** What the model on the host was sent. Outside all that is searched. */
let log: string;
let port: string;

beforeAll(async () => {
  world = await makeWorld({ full: true });
  const started = await world.agentVm("start", "--yes", "--memory", "4", "--disk", "24");
  expect(started.code, started.all).toBe(0);
  log = `${world.home}.model-log`;
  model = spawn("node", [MODEL, log], { stdio: ["ignore", "pipe", "inherit"] });
  port = await new Promise((resolve) => model.stdout?.once("data", (chunk) => resolve(String(chunk).trim())));
});

afterAll(async () => {
  model?.kill();
  await world.agentVm("destroy", "--yes", "--force");
  await world.limactl(["delete", "--force", VM]);
  await world.remove();
});

const ask = ["claude", "-p", "Write a file and commit it.", "--dangerously-skip-permissions"];
const subject = (branch: string) => world.git("log", "-1", "--format=%s", branch);

/** Until something listens on the guest's port. */
const listens = (port: string) =>
  `timeout 60 bash -c 'until (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 0.2; done'`;

/** Looks for the keys in every process of the guest as its root; "where: which" a line. Their text stands in no command. */
const SCAN = (what: "processes" | "files") => `sudo -n python3 -c '
import glob, os
keys = {"environment": "${[...KEY].reverse().join("")}"[::-1].encode(), "proxy": "${[...HELD].reverse().join("")}"[::-1].encode()}
def look(path):
    try:
        with open(path, "rb") as file:
            data = file.read(50_000_000)
    except OSError:
        return
    for name, key in keys.items():
        if key in data:
            print(path, name)
if "${what}" == "processes":
    for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
        look(path)
else:
    for top in "/home", "/root", "/etc", "/var", "/tmp", "/run", "/dev/shm", "/mnt", "/usr/local", "/opt", "/srv":
        for directory, inner, names in os.walk(top):
            inner[:] = [name for name in inner if name != "node_modules"]
            for name in names:
                path = os.path.join(directory, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    look(path)
'`;

/** Argument lists of the host's processes that held a key, seen while a test ran. */
let seen: Set<string>;
let watch: NodeJS.Timeout;

beforeEach(() => {
  seen = new Set();
  watch = setInterval(async () => {
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const line = await readFile(join("/proc", pid, "cmdline"), "utf8").catch(() => "");
      if (line.includes(KEY) || line.includes(HELD)) seen.add(line.replaceAll("\0", " "));
    }
  }, 200);
});

afterEach(() => {
  clearInterval(watch);
  expect([...seen]).toEqual([]);
});

describe("with the key in its environment", () => {
  it("an agent edits and commits, and fetch brings the commit home", async () => {
    const put = await world.agentVm(
      ...["connect", "--", "sh", "-c"],
      `printf '%s' "$1" > model.mjs; setsid node model.mjs /dev/shm/model-log ${GUEST_PORT} >/dev/null 2>&1 & ${listens(GUEST_PORT)}`,
      ...["sh", await readText(MODEL)],
    );
    expect(put.code, put.all).toBe(0);
    Object.assign(world.env, {
      ANTHROPIC_API_KEY: KEY,
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${GUEST_PORT}`,
    });
    const job = await world.agentVm("connect", "first-job", "--", ...ask);
    expect(job.code, job.all).toBe(0);
    const fetched = await world.agentVm("fetch", "first-job");
    expect(fetched.code, fetched.all).toBe(0);
    expect(await subject("first-job")).toBe("made by an agent");
    // The key did arrive; the log goes before the search.
    const arrived = await world.admin(
      `sudo grep -c ${KEY.slice(0, 12)} /dev/shm/model-log; sudo rm /dev/shm/model-log`,
    );
    expect(Number(arrived.stdout), arrived.all).toBeGreaterThan(0);
  });

  it("without it there is no key", async () => {
    const answer = await world.agentVm("connect", "--no-env", "first-job", "--", "env");
    expect(answer.stdout).not.toContain("ANTHROPIC_API_KEY");
  });
});

describe("sessions", () => sessionCases(() => world));

leftBehindCases(() => world);

describe("behind the credential proxy", () => {
  const during: string[] = [];

  it("the agent does the same, and the key is nowhere in the guest meanwhile", async () => {
    const config = join(world.home, ".config/agent-vm/config.yaml");
    await mkdir(dirname(config), { recursive: true });
    await writeFile(config, "credentials: proxy\n");
    Object.assign(world.env, { ANTHROPIC_API_KEY: HELD, ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` });
    let working = true;
    const job = world.agentVm("connect", "second-job", "--", ...ask).finally(() => {
      working = false;
    });
    while (working) during.push((await world.admin(SCAN("processes"))).stdout);
    const done = await job;
    expect(done.code, done.all).toBe(0);
    expect(during.length).toBeGreaterThan(2);
    expect(during.join("")).not.toContain("proxy");
    const fetched = await world.agentVm("fetch", "second-job");
    expect(fetched.code, fetched.all).toBe(0);
    expect(await subject("second-job")).toBe("made by an agent");
  });

  it("the model was asked with the real key, and only for what is allowed", async () => {
    const requests = (await readText(log))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(requests.length).toBeGreaterThan(1);
    for (const { headers, url } of requests) {
      expect(headers["x-api-key"]).toBe(HELD);
      expect(url).toMatch(/^\/v1\/(messages|models)/);
    }
  });
});

describe("afterwards the keys are nowhere", () => {
  it("in the guest", async () => {
    for (const what of ["processes", "files"] as const) {
      const found = await world.admin(SCAN(what));
      expect(found.code, found.all).toBe(0);
      expect(found.stdout).toBe("");
    }
  });

  it("the search would find one", async () => {
    await world.agentVm("connect", "--", "sh", "-c", `printf '%s' "$1" > planted`, "sh", HELD);
    expect((await world.admin(SCAN("files"))).stdout).toContain("/home/agent/planted proxy");
    seen.clear();
  });

  it("on the host: templates, instance, state, logs", async () => {
    const places = [world.home, join(world.limaHome, VM), join(world.limaHome, "_config")];
    // In a file: as an argument they would be seen in a list of processes.
    const keys = `${world.home}.keys`;
    await writeFile(keys, `${KEY}\n${HELD}\n`);
    // One that must be found, so that nothing else found means something.
    await writeFile(join(world.home, "planted"), `${HELD}\n`);
    const { stdout } = await execa(
      "grep",
      ["-r", "-l", "-a", "--exclude=disk", "--exclude=base.qcow2", "-F", "-f", keys, ...places],
      { reject: false },
    );
    expect(stdout.split("\n").filter((path) => path !== "")).toEqual([join(world.home, "planted")]);
  });
});
