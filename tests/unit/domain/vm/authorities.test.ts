// The host's extra authorities: from variables, from the setting, from a keychain; and what is remembered of them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { hostAuthorities } from "../../../../src/domain/vm/authorities.ts";

let directory: string;
const file = (name: string) => join(directory, name);
const own: Record<string, string> = {};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-vm-authorities-"));
  for (const name of ["bundle", "setting", "keychain"]) {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const out = ["-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)];
    execFileSync("openssl", [
      "req",
      "-x509",
      ...curve,
      "-nodes",
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      ...out,
    ]);
    own[name] = readFileSync(file(`${name}.crt`), "utf8");
  }
  writeFileSync(file("bundle.pem"), [...rootCertificates, own["bundle"]].join("\n"));
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => rmSync(file("state"), { recursive: true, force: true }));

/** As on macOS, where nothing of this machine's own store is read. */
const found = async (env: Record<string, string>, ca: string[] = [], keychain = "") => {
  const host = {
    env,
    settings: { ca },
    paths: { state: file("state") },
    platform: "darwin",
    run: async () => ({ code: 0, stdout: keychain, stderr: "" }),
  };
  const files = await hostAuthorities(host as unknown as Context);
  return files.map((one) => ("content" in one ? String(one.content) : "")).sort();
};
const sorted = (...names: string[]) => names.map((name) => own[name] ?? "").sort();

test("most hosts have none", async () => {
  expect(await found({})).toEqual([]);
  expect(await found({ SSL_CERT_FILE: "/nowhere" })).toEqual([]);
});

test("all sources together give each once", async () => {
  const env = { SSL_CERT_FILE: file("bundle.pem"), NODE_EXTRA_CA_CERTS: file("bundle.crt") };
  const all = await found(env, [file("setting.crt")], own["keychain"]);
  expect(all).toEqual(sorted("bundle", "setting", "keychain"));
});

test("what a variable named stays with the VM when a command comes without the variable", async () => {
  await found({ CURL_CA_BUNDLE: file("bundle.pem") });
  expect(await found({})).toEqual(sorted("bundle"));
});

test("what a setting named goes with it", async () => {
  await found({}, [file("setting.crt")]);
  expect(await found({})).toEqual([]);
});

test.each([
  ["/nowhere.pem", /ENOENT/],
  ["setting.key", /no certificate/],
])("a setting's file that cannot be used is an error: %s", async (name, why) => {
  const path = name.startsWith("/") ? name : file(name);
  await expect(found({}, [path])).rejects.toThrow(why);
});
