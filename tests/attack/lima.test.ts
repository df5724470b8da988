// An instance's configuration that opens the VM, changed behind the product's back: in the instance's own lima.yaml, or
// for all instances in Lima's _config. What Lima makes of each is a recording of limactl 2.2.0.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Lima, startInstance } from "../../src/adapters/limactl.ts";
import type { Context } from "../../src/context.ts";
import { bootInstance } from "../../src/domain/vm/boot.ts";
import type { VmRecord } from "../../src/domain/vm/record.ts";
import { EXIT } from "../../src/errors.ts";
import type { Run } from "../../src/io/run.ts";
import { refused } from "../integration/guest.ts";
import { attack } from "./attacks.ts";

type Config = Record<string, unknown>;
const GOOD: Config = JSON.parse(
  readFileSync(join(import.meta.dirname, "../unit/fixtures/effective-config.json"), "utf8"),
);
const ssh = GOOD["ssh"] as Config;
const user = GOOD["user"] as Config;
const FORWARD = { guestPort: 8080, guestPortRange: [8080, 8080], hostIP: "127.0.0.1", hostPort: 8080 };

/** The edit → what of the effective configuration it changes. */
const EDITS: Record<string, Config> = {
  "mounts, in override.yaml": {
    plain: false,
    mounts: [{ location: "/home/ann", mountPoint: "/home/ann", writable: false }],
  },
  "plain off, in lima.yaml": { plain: false },
  "a forward of a port, in lima.yaml": { portForwards: [{ ...FORWARD, proto: "any", static: true }] },
  "the host's agent, in lima.yaml": { ssh: { ...ssh, forwardAgent: true } },
  "the host's ssh keys, in lima.yaml": { ssh: { ...ssh, loadDotSSHPubKeys: true } },
  "the host's proxy variables, in lima.yaml": { propagateProxyEnv: true },
  "variables, in lima.yaml": { env: { TOKEN: "x" } },
  "a script at every boot, in lima.yaml": { provision: [{ mode: "system", script: "id" }] },
  "a file of the VM's copied to the host, in lima.yaml": {
    copyToHost: [{ guest: "/etc/passwd", host: "/home/ann/.bashrc" }],
  },
  "the host user's number, in lima.yaml": { user: { ...user, uid: 1000 } },
  "a network of the host's, in lima.yaml": {
    networks: [{ vzNAT: true, macAddress: "52:55:55:7c:60:88", interface: "lima0", metric: 100 }],
  },
  "a screen on a port of the host, in default.yaml": { video: { display: "vnc", vnc: {} } },
  "the host's microphone, in default.yaml": { audio: { device: "default", interface: "" } },
  "files of the host as authorities, in default.yaml": {
    caCerts: { removeDefaults: false, files: ["/home/ann/x"] },
  },
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "lima-"));
  mkdirSync(join(directory, "instance"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

for (const [name, edit] of Object.entries(EDITS)) {
  attack(name, {
    guard: "the effective configuration is looked at before each start",
    play: async (guarded) => {
      let started = false;
      const run: Run = async (argv) => {
        if (argv.includes("start")) started = true;
        return {
          code: 0,
          stdout: argv.includes("list") ? JSON.stringify({ ...GOOD, ...edit }) : "",
          stderr: "",
        };
      };
      const lima: Lima = {
        run,
        uid: 1000,
        binary: "/bin/limactl",
        limaHome: join(directory, "lima"),
        home: directory,
        env: {},
        platform: "linux",
      };
      const instance = { name: "agent-vm", status: "Stopped", dir: join(directory, "instance"), port: 0 };
      if (!guarded) await startInstance(lima, instance.name, {}, {});
      else {
        const booted = bootInstance(contextOf(), { lima, instance, stalePids: false }, {} as VmRecord);
        expect((await refused(booted)).exit).toBe(EXIT.refused);
      }
      return started;
    },
  });
}

const contextOf = () =>
  ({
    arch: "x64",
    commandLine: "agent-vm start",
    out: { step: () => ({ update: () => {}, done: () => {}, failed: () => {} }) },
    paths: { vm: "agent-vm", logs: join(directory, "logs") },
    settings: { accel: "tcg" },
    signal: new AbortController().signal,
  }) as unknown as Context;
