// Which effective configurations of Lima are refused: recordings of limactl 2.2.0, and each opening by itself.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { violations } from "../../../../src/domain/vm/effective.ts";

const recording = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures", name), "utf8"));
/** An instance made of our template, with no file of the user's. */
const GOOD = recording("effective-config.json");
/** The same instance with an override.yaml that opens all it can. */
const OVERRIDDEN = recording("effective-config-overridden.json");

const ssh = GOOD["ssh"] as Record<string, unknown>;

test("what Lima makes of our template is well", () => expect(violations(GOOD)).toEqual([]));

test("everything that a user's override added is named", () => {
  expect(violations(OVERRIDDEN).sort()).toEqual([
    "env is not empty",
    "hostResolver is on",
    "mounts is not empty",
    "networks is not empty",
    "plain is off",
    "portForwards has a static forward",
    "propagateProxyEnv is on",
    "provision is not empty",
    "ssh.forwardAgent is on",
  ]);
});

describe("one opening alone is found:", () => {
  const forward = { guestPort: 8080, hostPort: 8080 };
  test.each<[string, Record<string, unknown>]>([
    ["plain is off", { plain: false }],
    ["plain is off", { plain: null }],
    ["plain is off", { plain: undefined }],
    ["mounts is not empty", { mounts: [{ location: "/home/ann", writable: false }] }],
    ["networks is not empty", { networks: [{ lima: "shared" }] }],
    ["additionalDisks is not empty", { additionalDisks: ["data"] }],
    ["provision is not empty", { provision: [{ mode: "system", script: "true" }] }],
    ["probes is not empty", { probes: [{ script: "true" }] }],
    ["copyToHost is not empty", { copyToHost: [{ guest: "/etc/passwd", host: "/home/ann/.bashrc" }] }],
    ["portForwards has a static forward", { portForwards: [{ ...forward, static: true }] }],
    ["portForwards has a static forward", { portForwards: [forward, { ...forward, static: true }] }],
    ["env is not empty", { env: { TOKEN: "x" } }],
    ["propagateProxyEnv is on", { propagateProxyEnv: true }],
    ["hostResolver is on", { hostResolver: { enabled: true } }],
    ["ssh.loadDotSSHPubKeys is on", { ssh: { ...ssh, loadDotSSHPubKeys: true } }],
    ["ssh.forwardAgent is on", { ssh: { ...ssh, forwardAgent: true } }],
    ["ssh.forwardX11 is on", { ssh: { ...ssh, forwardX11: true } }],
    ["ssh.forwardX11Trusted is on", { ssh: { ...ssh, forwardX11Trusted: true } }],
    ["user.name is not vmadmin", { user: { name: "ann", uid: 2000 } }],
    ["user.uid is not 2000", { user: { name: "vmadmin", uid: 1000 } }],
    ["video.display is on", { video: { display: "vnc", vnc: {} } }],
    ["audio.device is set", { audio: { device: "default", interface: "" } }],
    ["caCerts.files is not empty", { caCerts: { files: ["/etc/hostname"] } }],
    ["user.name is not vmadmin", { user: undefined }],
  ])("%s, from %j", (phrase, change) => expect(violations({ ...GOOD, ...change })).toEqual([phrase]));
});

test.each([
  ["empty lists", { mounts: [], networks: [], provision: [], portForwards: [], env: {} }],
  ["null lists", { mounts: null, networks: null, provision: null, portForwards: null, env: null }],
  ["forwards that plain turns off", { portForwards: [{ guestPort: 80 }, { static: false }] }],
  ["no screen and no sound", { video: { display: null }, audio: { device: null }, caCerts: { files: null } }],
  ["an ignored forward", { portForwards: [{ static: true, ignore: true }] }],
  ["keys of a later Lima", { somethingNew: { deep: true }, images: [] }],
])("%s are well", (_name, change) => expect(violations({ ...GOOD, ...change })).toEqual([]));

test.each([
  null,
  undefined,
  "plain: true",
  [],
  42,
  { ...GOOD, mounts: "/home/ann" },
  { ...GOOD, mounts: { location: "/home/ann" } },
  { ...GOOD, plain: "true" },
  { ...GOOD, env: "TOKEN=x" },
  { ...GOOD, ssh: { forwardAgent: "yes" } },
  { ...GOOD, portForwards: [{ static: "true" }] },
])("a form nobody knows is never well: %j", (config) => {
  expect(violations(config)).toEqual(["the configuration has an unknown form"]);
});
