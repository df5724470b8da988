// The forms of JSON answers: what is shipped is what the code says, and the code's own types fit.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import type * as z from "zod/mini";
import { ANSWERS, type AnswerName, schemaFile, schemaText } from "../../../../src/domain/answers/answers.ts";
import type { AuthStatus } from "../../../../src/domain/auth/status.ts";
import type { Row } from "../../../../src/domain/config/list.ts";
import type { firstLookJson } from "../../../../src/domain/first-look/json.ts";
import type { Check } from "../../../../src/domain/host/doctor.ts";
import type { listForwards } from "../../../../src/domain/ports/forward.ts";
import type { ShownListener } from "../../../../src/domain/ports/words.ts";
import type { ListedSession } from "../../../../src/domain/session/list.ts";
import type { hostsJson } from "../../../../src/domain/ssh-hosts/json.ts";
import type { fetchJson } from "../../../../src/domain/sync/fetch/fetch-json.ts";
import type { diffJson } from "../../../../src/domain/sync/show/diff-json.ts";
import type { logJson } from "../../../../src/domain/sync/show/log-json.ts";
import type { trashJson } from "../../../../src/domain/vault/trash-text.ts";
import type { ShownProfile } from "../../../../src/domain/vm/profile.ts";
import type { Status } from "../../../../src/domain/vm/status.ts";
import type { sessionsLine, statusLine } from "../../../../src/domain/watch/commands.ts";
import type { WatchEvent } from "../../../../src/domain/watch/events.ts";
import { answerName } from "../../../answers.ts";
import { ROOT } from "../../sources.ts";
import { commandTree, everyCommand, pathOf } from "../../tree.ts";

const SHIPPED = join(ROOT, "common", "schemas", "answers");
const names = Object.keys(ANSWERS) as AnswerName[];

test.each(names)("the schema of %s is the shipped one", (name) => {
  // Otherwise: npm run schemas
  expect(readFileSync(join(SHIPPED, schemaFile(name)), "utf8")).toBe(schemaText(name));
});

test("every command with --json has a form, and no other", async () => {
  const has = (one: Command, name: string) => one.options.some(({ long }) => long === name);
  const commands = everyCommand(await commandTree()).filter((one) => has(one, "--json"));
  const forms = commands.flatMap((one) => {
    const path = pathOf(one);
    return has(one, "--watch") ? [path, `${path} --watch`] : [path];
  });
  // `watch` says nothing else, no command is none, and `config get` the value alone.
  expect([...forms, "watch", "first look"].filter((name) => name !== "config get").sort()).toEqual(
    [...names].sort(),
  );
});

test.each([
  ["--repo /srv/shop --vm spare status --json", "status"],
  ["fetch --repo status work --json", "fetch"],
  ["--vm=spare trash list --json", "trash list"],
  ["status --watch --json --vm spare", "status --watch"],
  ["--repo /srv/shop --json", "first look"],
  ["--repo watch status", undefined],
  ["connect work -- tool --json", undefined],
])("the form of %s is that of %s", (line, name) => {
  expect(answerName(line.split(" "))).toBe(name);
});

test("nothing else is shipped", () => {
  expect(readdirSync(SHIPPED).sort()).toEqual(names.map(schemaFile).sort());
});

test.each(names)("the schema of %s has a version and lets later members in", (name) => {
  const text = schemaText(name);
  expect(text).toContain('"schema": {');
  expect(text).not.toContain("additionalProperties");
});

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
type Form<Name extends AnswerName> = Frozen<z.input<(typeof ANSWERS)[Name]>>;
type Versioned<T> = T & { schema: 1 };

test("the code's types fit the forms", () => {
  // What matters is that the compiler takes these.
  const fit = {
    status: (value: Status): Form<"status"> => value,
    ps: (sessions: readonly ListedSession[]): Form<"ps">["sessions"] => sessions,
    auth: (value: AuthStatus): Form<"auth status"> => value,
    doctor: (host: Check[]): Form<"doctor">["host"] => host,
    profile: (value: Versioned<ShownProfile> & { vm: string }): Form<"profile show"> => value,
    diff: (value: Versioned<Awaited<ReturnType<typeof diffJson>>>): Form<"diff"> => value,
    log: (value: Versioned<Awaited<ReturnType<typeof logJson>>>): Form<"log"> => value,
    fetch: (value: Versioned<Pick<ReturnType<typeof fetchJson>, "plan" | "how">>): Form<"fetch">["how"] =>
      value.how,
    trash: (value: ReturnType<typeof trashJson>): Form<"trash list">["saves"] => value.saves,
    ports: (ports: readonly ShownListener[]): Form<"ports">["ports"] => ports,
    forwards: (value: Awaited<ReturnType<typeof listForwards>>): Form<"forward list">["forwards"] => value,
    settings: (rows: readonly Row[]): Form<"config list">["settings"] => rows,
    statusWatch: (value: ReturnType<typeof statusLine>): Form<"status --watch"> => value,
    psWatch: (value: ReturnType<typeof sessionsLine>): Form<"ps --watch"> => value,
    firstLook: (value: Versioned<ReturnType<typeof firstLookJson>>): Form<"first look"> => value,
    sshConfig: (value: Versioned<Awaited<ReturnType<typeof hostsJson>>>): Form<"ssh-config"> => value,
    watch: (value: Versioned<WatchEvent> & { time: string }): Form<"watch"> => value,
  };
  expect(Object.keys(fit).length).toBeGreaterThan(0);
});
