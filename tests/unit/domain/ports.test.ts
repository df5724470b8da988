// Ports as they are typed, and what a guest says of its listeners.
import { expect, test } from "vitest";
import { parseListening } from "../../../src/domain/ports/listening.ts";
import { parseEachPort, parsePorts } from "../../../src/domain/ports/spec.ts";
import { ownerInLsof, ownerInSs } from "../../../src/domain/ports/taken.ts";
import { forwardLines, forwardRows } from "../../../src/domain/ports/words.ts";

test("a port, and another one on the host", () => {
  expect(parsePorts("3000")).toEqual({ host: 3000, guest: 3000 });
  expect(parsePorts("8080:3000")).toEqual({ host: 8080, guest: 3000 });
});

test.each(["", "0", "65536", "3000:", ":3000", "1:2:3", "-1", "3e3", "http", "0.0.0.0:80", "80 ", "８０"])(
  "%j is no port",
  (text) => {
    expect(() => parsePorts(text)).toThrow("is no port");
  },
);

test("several ports, each of the host once", () => {
  expect(parseEachPort(["3000", "3001:3000"])).toHaveLength(2);
  expect(() => parseEachPort(["3000", "3000:4000"])).toThrow("Port 3000 of this host is named twice");
});

test("what is forwarded, in status and in the list: a port of the host that the VM reaches stands out", () => {
  const kept = [
    { kind: "local", host: 8080, guest: 3000, branch: "work", up: true, since: 100, holder: 4711 },
    { kind: "reverse", host: 5432, guest: 5433, branch: "", up: false, since: 100 },
  ] as const;
  expect(forwardLines(kept)).toEqual([
    "forwarded: http://127.0.0.1:8080 → port 3000 of the VM (work)",
    "! open to every workspace: port 5433 of the VM → port 5432 of this host, interrupted",
  ]);
  expect(forwardRows(kept, 160).rows.map(([, ...cells]) => cells)).toEqual([
    ["1 min", "up", "process 4711 ends"],
    ["1 min", "interrupted", "agent-vm forward stop"],
  ]);
});

const record = (...fields: string[]) => ["=port", ...fields].map((field) => `${field}\0`).join("");

test("listeners: addresses, workspaces by session and by directory, one program on both families once", () => {
  const found = parseListening(
    `=now\x00100\0${record("3000", "0100007F", "12", "90", "node", "/home/agent/workspace/shop-x/web", "")}` +
      record(
        "3000",
        "00000000000000000000000001000000",
        "12",
        "90",
        "node",
        "/home/agent/workspace/shop-x",
        "",
      ) +
      record("8000", "00000000000000000000000000000000", "7", "80", "python3", "/tmp", "shop-y") +
      record("9000", "0A0000C0", "8", "80", "x", "/", ""),
  );
  expect(found).toEqual([
    { port: 3000, address: "loopback", pid: 12, since: 90, program: "node", dir: "shop-x" },
    { port: 8000, address: "any", pid: 7, since: 80, program: "python3", dir: "shop-y" },
    { port: 9000, address: "other", pid: 8, since: 80, program: "x", dir: "" },
  ]);
});

test("what is not as it should be is left out", () => {
  const bad = [
    record("0", "00000000", "1", "1", "x", "/", ""),
    record("99999", "00000000", "1", "1", "x", "/", ""),
    record("80", "00000000", "-1", "1", "x", "/", ""),
    record("80", "00000000", "1", "1e9", "x", "/", ""),
    "=port\x0080\0",
  ];
  expect(parseListening(bad.join(""))).toEqual([]);
});

test("who has a port of the host, as ss and lsof say", () => {
  const ss = 'LISTEN 0 511 127.0.0.1:3000 0.0.0.0:* users:(("node",pid=4711,fd=20))\n';
  expect(ownerInSs(ss)).toBe("node (process 4711)");
  expect(ownerInSs("LISTEN 0 511 127.0.0.1:3000 0.0.0.0:*\n")).toBeUndefined();
  expect(ownerInLsof("p4711\ncnode\nf20\n")).toBe("node (process 4711)");
});
