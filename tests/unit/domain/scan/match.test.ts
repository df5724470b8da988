import { describe, expect, test } from "vitest";
import { entropyOf, findSecrets } from "../../../../src/domain/scan/match.ts";
import { RULES } from "../../../../src/domain/scan/rules.ts";
import { ALNUM, BASE64, DIGITS, githubToken, HEX, LOWER, noise, privateKey, UPPER } from "./secrets.ts";

const find = (text: string | Buffer) => findSecrets(Buffer.from(text));
const ids = (text: string | Buffer) => find(text).map((match) => match.rule);

interface Case {
  level?: string;
  hit: string;
  miss: string;
}

const AWS32 = `${UPPER}234567`;
const oneLine = (text: string) => text.replaceAll("\n", "\\n");

/** For each rule a text that it finds and one that looks like it and is none. */
const CASES: Record<string, Case> = {
  "private-key": { hit: privateKey(), miss: privateKey().replaceAll("PRIVATE KEY", "PUBLIC KEY") },
  "gcp-service-account": {
    hit: `{"type": "service_account", "project_id": "p", "private_key_id": "${noise(40, HEX)}"}`,
    miss: `{"type": "authorized_user", "private_key_id": "${noise(40, HEX)}"}`,
  },
  "aws-access-key": { hit: `id = AKIA${noise(16, AWS32)}`, miss: "id = AKIAIOSFODNN7EXAMPLE" },
  "aws-secret-key": {
    hit: `aws_secret_access_key = ${noise(40, BASE64)}`,
    miss: `aws_secret_access_key = ${"a".repeat(40)}`,
  },
  "github-token": { hit: githubToken(), miss: githubToken().slice(0, -1) },
  "gitlab-token": { hit: `glpat${"-"}${noise(20, ALNUM)}`, miss: `glpat-${"x".repeat(20)}` },
  "npm-token": { hit: `npm${"_"}${noise(36, ALNUM)}`, miss: `npm_${noise(35, ALNUM)}` },
  "pypi-token": {
    hit: `pypi-AgEIcHlwaS5vcmc${noise(60, ALNUM)}`,
    miss: `pypi-AgEIcHlwaS5vcmc${noise(40, ALNUM)}`,
  },
  "slack-token": {
    hit: `xoxb${"-"}${noise(12, DIGITS)}-${noise(12, DIGITS, 2)}-${noise(24, ALNUM)}`,
    miss: "xoxb-000000000000-000000000000-xx",
  },
  "slack-webhook": {
    level: "medium",
    hit: `https://hooks.slack.com/services/T${noise(8, UPPER)}/B${noise(8, UPPER)}/${noise(24, ALNUM)}`,
    miss: "https://hooks.slack.com/services/T00000000/B00000000/your-own",
  },
  "stripe-key": { hit: `sk${"_"}live_${noise(24, ALNUM)}`, miss: `pk_live_${noise(24, ALNUM)}` },
  "stripe-test-key": {
    level: "low",
    hit: `sk${"_"}test_${noise(24, ALNUM)}`,
    miss: `sk_test_${"0".repeat(24)}`,
  },
  "anthropic-key": { hit: `sk-ant-api03-${noise(93, ALNUM)}AA`, miss: "sk-ant-api03-your-key-here" },
  "openai-key": { hit: `sk-proj-${noise(74, ALNUM)}`, miss: `sk-project-${noise(20, ALNUM)}` },
  "google-api-key": { hit: `AIza${noise(35, ALNUM)}`, miss: `AIza${noise(34, ALNUM)}` },
  "google-oauth": { hit: `GOCSPX-${noise(28, ALNUM)}`, miss: `GOCSPX-${noise(27, ALNUM)}` },
  jwt: {
    level: "medium",
    hit: `eyJ${noise(30, ALNUM)}.eyJ${noise(60, ALNUM)}.${noise(43, ALNUM)}`,
    miss: `eyJ${noise(30, ALNUM)}.${noise(60, ALNUM)}.${noise(43, ALNUM)}`,
  },
  "password-in-url": {
    level: "medium",
    hit: `postgres://app:${noise(16, ALNUM)}@db.internal/app`,
    miss: "postgres://app:${DB_PASSWORD}@db.internal/app",
  },
  "assigned-in-quotes": {
    level: "medium",
    hit: `const apiKey = "${noise(32, ALNUM)}";`,
    miss: 'const apiKey = "your-api-key-goes-here";',
  },
  "assigned-in-env-file": {
    level: "medium",
    hit: `A=1\nexport DB_PASSWORD=${noise(24, ALNUM)}\n`,
    miss: "A=1\nexport DB_PASSWORD=$(cat /run/secrets/db)\n",
  },
};

describe("each rule", () => {
  test("has its case here", () => expect(Object.keys(CASES)).toEqual(RULES.map((rule) => rule.id)));

  test.each(Object.entries(CASES))(
    "%s finds its kind at its level, and what only looks like it not",
    (id, one) => {
      const found = find(one.hit).find((match) => match.rule === id);
      expect(found).toMatchObject({ rule: id, level: one.level ?? "high" });
      expect(one.hit).toContain(found?.value ?? "nothing");
      expect(ids(one.miss)).toEqual([]);
    },
  );

  test.each(RULES.map((rule) => [rule.id, rule] as const))("%s has words without capitals", (_id, rule) => {
    expect(rule.words.length).toBeGreaterThan(0);
    expect(rule.words.filter((word) => word !== word.toLowerCase())).toEqual([]);
    expect(rule.pattern.flags).toContain("g");
    // An open repetition lets a text of the VM's keep the pattern busy.
    expect(rule.pattern.source.replace(/\\.|\[(?:\\.|[^\]])*\]/g, "c")).not.toMatch(/[*+](?!\?)|\{\d+,\}/);
  });
});

describe("a private key", () => {
  test.each([
    ["in a JSON string", JSON.stringify({ private_key: privateKey("") })],
    ["indented", privateKey().replace(/^/gm, "    ")],
    ["as a comment", privateKey().replace(/^/gm, "# ")],
    [
      "with the lines of its cipher",
      privateKey().replace("KEY-----\n", `KEY-----\nProc-Type: 4,ENCRYPTED\n\n`),
    ],
    ["with line ends of DOS", privateKey().replaceAll("\n", "\r\n")],
    ["as one string of code", `"${oneLine(privateKey("EC "))}"`],
    ["in UTF-16", Buffer.from(`\ufeff${privateKey()}`, "utf16le")],
    ["in UTF-16 without a mark", Buffer.from(privateKey(), "utf16le")],
    ["in UTF-16 of the other order", Buffer.from(privateKey(), "utf16le").swap16()],
    ["after a NUL byte", `\0\0${privateKey()}`],
  ])("is found %s", (_name, text) => expect(ids(text)).toEqual(["private-key"]));

  test.each([
    ["only named", "if (line === '-----BEGIN RSA PRIVATE KEY-----') return;"],
    ["cut short", `${privateKey().split("\n")[0]}\nMIIE…\n`],
  ])("is none when it is %s", (_name, text) => expect(ids(text)).toEqual([]));

  test("of the same kind has a value of its own, though the first lines are the same", () => {
    const [head = "", first = "", ...rest] = privateKey("OPENSSH ").split("\n");
    const other = privateKey("OPENSSH ", 50).split("\n").slice(2);
    const [one] = find([head, first, ...rest].join("\n"));
    const [two] = find([head, first, ...other].join("\n"));
    expect(one?.value).not.toBe(two?.value);
  });
});

describe("a value in an assignment", () => {
  test.each([
    ["few different characters", 'password = "aaabbbaaabbb1"', []],
    ["words", 'password: "correct-horse-battery"', ["low"]],
    ["no digit", `token = "${noise(30, LOWER)}"`, ["low"]],
    ["a variable", 'password = "${DB_PASSWORD_12}"', []],
    ["what is read at run time", "token = 'process.env.TOKEN_12345678'", []],
    ["random characters", `"client_secret": "${noise(30, ALNUM)}"`, ["medium"]],
    ["a Go assignment", `token := "${noise(30, ALNUM)}"`, ["medium"]],
  ])("of %s", (_name, text, levels) => expect(find(text).map((match) => match.level)).toEqual(levels));
});

describe("the search", () => {
  test("says the line, also beyond its windows, and finds nothing twice", () => {
    const filler = `${"x".repeat(99)}\n`;
    const lines = Math.floor((3 * 1024 * 1024) / filler.length);
    const text = filler.repeat(lines);
    const seen = Array.from({ length: 9 }, (_, index) => Math.floor((index * lines) / 9));
    const all = text.split("\n");
    for (const at of seen) all[at] = githubToken(at + 1);
    expect(find(all.join("\n")).map((match) => match.line)).toEqual(seen.map((at) => at + 1));
  });

  test("finds what lies across the border of two windows, once", () => {
    for (const before of [-20, -1, 0, 1]) {
      const text = `${" ".repeat(1024 * 1024 + before)}${githubToken()} `;
      expect(ids(text)).toEqual(["github-token"]);
    }
  });

  test("asks between windows whether it may go on", () => {
    let asked = 0;
    findSecrets(Buffer.alloc(3 * 1024 * 1024, "y"), () => {
      asked += 1;
    });
    expect(asked).toBe(3);
  });

  test.each([
    ["tokens without end", "token".repeat(200_000)],
    ["JWTs that break off", ` eyJ${"a".repeat(900)}.`.repeat(1000)],
    ["headers of keys", `-----BEGIN PRIVATE${" "}KEY-----\n`.repeat(30_000)],
    ["open quotes", 'token="aaaaaaaaaaaaaaaaaaa '.repeat(40_000)],
    ["env names", `${"A_TOKEN".repeat(8)}\n`.repeat(18_000)],
    ["urls", "a://".repeat(250_000)],
    ["service accounts", '"type":"service_account"'.repeat(40_000)],
  ])("is not kept busy by %s", (_name, text) => {
    // Of the processor's time, whatever else the machine does.
    const since = process.cpuUsage();
    find(text.slice(0, 1024 * 1024));
    expect(process.cpuUsage(since).user / 1000).toBeLessThan(2000);
  });

  test("measures entropy in bits a character", () => {
    expect(entropyOf("aaaa")).toBe(0);
    expect(entropyOf("abab")).toBe(1);
    expect(entropyOf("abcdefgh")).toBe(3);
  });
});
