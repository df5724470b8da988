// Which certificates of the host's files are extra.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { certificatesIn, extraCertificates } from "../../../../src/domain/vm/pem.ts";

let directory: string;
let own: string;
let key: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-vm-pem-"));
  const file = (name: string) => join(directory, name);
  execFileSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=A Network's Own", "-keyout", file("key"), "-out", file("crt")],
  ]);
  own = readFileSync(file("crt"), "utf8");
  key = readFileSync(file("key"), "utf8");
});
afterAll(() => rmSync(directory, { recursive: true }));

test("one authority in a bundle of the usual ones is found, once", () => {
  const bundle = [...rootCertificates.slice(0, 40), own, ...rootCertificates.slice(40, 60), own].join("\n");
  expect(extraCertificates([bundle, own], [rootCertificates.join("\n")])).toEqual([own]);
});

test("the usual ones alone give nothing", () => {
  expect(extraCertificates([rootCertificates.join("\r\n")], [rootCertificates.join("\n")])).toEqual([]);
});

test("a key beside a certificate stays where it is", () => {
  const taken = extraCertificates([`${key}\n# a comment\n${own}`], []);
  expect(taken).toEqual([own]);
  expect(taken.join("")).not.toContain("PRIVATE");
});

test("a damaged certificate costs only itself", () => {
  const damaged = own.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
  expect([...certificatesIn(`${damaged}\n${own}`).values()]).toEqual([own]);
});

test("the order of files and of certificates in them does not matter", () => {
  const [one = "", other = ""] = rootCertificates;
  expect(extraCertificates([one, other, own], [])).toEqual(extraCertificates([own, `${other}\n${one}`], []));
});
