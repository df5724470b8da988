// What `doctor` makes of the guest's words and of what came to this host.
import { describe, expect, test } from "vitest";
import { parseFacts } from "../../../../src/domain/vm/checkup/facts.ts";
import { type Case, judge } from "../../../../src/domain/vm/checkup/judge.ts";
import type { VmRecord } from "../../../../src/domain/vm/record.ts";

const HEALTHY = `stamp 20-sshd ${"a".repeat(64)}
now 1790000000.5
disk 20000000 9000000
inodes 1300000 1200000
root no
group agent
group kvm
door metadata closed
door loopback4 closed
web registry.npmjs.org 0
name registry.npmjs.org ok
web deb.debian.org 0
name deb.debian.org ok
web api.anthropic.com 0
name api.anthropic.com ok
`;
const record: VmRecord = {
  phase: "ready",
  limaHome: "/l",
  image: "Debian 13",
  accel: "kvm",
  ...{ vcpu: 4, memory: 8, disk: 100 },
  createdAt: "2026-01-01T00:00:00.000Z",
};
const CASE: Case = {
  facts: parseFacts(HEALTHY),
  record,
  doors: [
    { name: "loopback4", title: "the loopback" },
    { name: "metadata", title: "the metadata address" },
  ],
  arrived: new Set(),
  drift: 0,
  due: [],
  vouched: true,
};
const judged = (change: Partial<Case>) => judge({ ...CASE, ...change });
const said = (text: string) => judged({ facts: parseFacts(text) });
const check = (checks: ReturnType<typeof judge>, name: string) => checks.find((one) => one.name === name);

describe("a healthy, guarded VM", () => {
  test("fails nothing", () => {
    expect(judged({}).filter(({ ok, note }) => !ok && !note)).toEqual([]);
  });

  test("is told what was tried", () => {
    expect(check(judged({}), "profile")?.detail).toBe(
      "guarded, tried: no root; closed: the loopback, the metadata address",
    );
  });

  test("with models that cannot be reached has a note, which fails nothing", () => {
    const notes = judged({}).filter(({ note }) => note);
    expect(notes).toHaveLength(1);
    expect(notes[0]?.detail).toContain("api.openai.com (Codex)");
  });
});

describe("guarded is not believed", () => {
  test.each<[string, Partial<Case>, RegExp]>([
    [
      "something came to this host, whatever the guest says",
      { arrived: new Set(["loopback4"]) },
      /the loopback can be/,
    ],
    [
      "the guest came through elsewhere",
      { facts: parseFacts(HEALTHY.replace("metadata closed", "metadata open")) },
      /the metadata address can be reached/,
    ],
    [
      "a door was not tried",
      { facts: parseFacts(HEALTHY.replace(/door loopback4.*\n/, "")) },
      /was not tried/,
    ],
    ["the agent is root", { facts: parseFacts(HEALTHY.replace("root no", "root yes")) }, /can become root/],
    ["nothing is said of root", { facts: parseFacts(HEALTHY.replace("root no\n", "")) }, /can become root/],
    ["a group makes root", { facts: parseFacts(`${HEALTHY}group docker\n`) }, /groups docker/],
  ])("when %s", (_name, change, detail) => {
    const profile = check(judged(change), "profile");
    expect(profile?.ok).toBe(false);
    expect(profile?.detail).toMatch(detail);
    expect(profile?.fix).toBe("profile");
  });
});

test("open is no failure and says what it gives up", () => {
  const open = judged({
    record: { ...record, profile: "open", hadRoot: true },
    arrived: new Set(["loopback4"]),
  });
  expect(check(open, "profile")).toMatchObject({
    ok: true,
    detail: expect.stringContaining("root in the VM"),
  });
});

describe("each trouble is found", () => {
  test.each<[string, ReturnType<typeof judge>]>([
    ["clock", judged({ drift: -2.5 })],
    ["provisioning", judged({ due: ["30-certificates"] })],
    ["provisioning", judged({ vouched: false })],
    ["disk", said(HEALTHY.replace(" 9000000", " 1000000"))],
    ["disk", said(HEALTHY.replace("1200000", "100"))],
    ["disk", said(HEALTHY.replace(/disk.*\n/, ""))],
    ["names", said(HEALTHY.replaceAll(" ok\n", " failed\n"))],
    ["certificates", said(HEALTHY.replace("registry.npmjs.org 0", "registry.npmjs.org 60"))],
    ["internet", said(HEALTHY.replace("deb.debian.org 0", "deb.debian.org 7"))],
  ])("%s", (name, checks) => {
    const found = check(checks, name);
    expect(found?.ok).toBe(false);
    expect(found?.remedy).toBeTruthy();
  });
});

test("words that are not of the script's form are not taken", () => {
  const facts = parseFacts(
    [
      "door ../x open",
      "web a;b 0",
      "package x \u001b[31m1",
      "disk 1 2 3",
      "root maybe",
      "group A B",
      "name x",
    ].join("\n"),
  );
  expect([
    facts.doors.size,
    facts.web.size,

    facts.names.size,
    facts.groups.length,
  ]).toEqual([0, 0, 0, 0]);
  expect([facts.disk, facts.root]).toEqual([undefined, undefined]);
});
