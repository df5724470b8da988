// Who counts as being at work where something is to be deleted.
import { describe, expect, test } from "vitest";
import { parseMembers } from "../../../../src/domain/session/at-work.ts";
import type { ListedSession } from "../../../../src/domain/session/list.ts";
import type { SessionId } from "../../../../src/domain/session/names.ts";
import { atWorkError, type Member, occupantsOf } from "../../../../src/domain/session/occupants.ts";
import { EXIT } from "../../../../src/errors.ts";

const ID = "00000000000000aa" as SessionId;
const session = (change: Partial<ListedSession> = {}): ListedSession => ({
  id: ID,
  dir: "shop-work",
  name: "shop-work",
  kind: "shell",
  agent: "",
  title: "bash",
  state: "idle",
  guessed: true,
  exitCode: undefined,
  reason: undefined,
  started: 1,
  since: 1,
  attached: 0,
  lastLine: "$",
  memory: 1,
  cpu: 1,
  branch: "work",
  repo: "shop",
  ...change,
});
const members = (...names: string[]): Member[] => names.map((name, at) => ({ id: ID, pid: 10 + at, name }));
const at = (...pids: number[]) => pids.map((pid) => ({ dir: "shop-work", pid, name: "bash" }));

/** [idle, busy, strangers] */
function who(one: ListedSession, mine: Member[], pids = [10]) {
  const { idle, busy, strangers } = occupantsOf(at(...pids), [one], mine);
  return [idle.length, busy.length, strangers.length];
}

describe("a session there", () => {
  test("is idle as a shell at its prompt that nobody sees", () => {
    expect(who(session(), members("bash", "bash"), [10, 11])).toEqual([1, 0, 0]);
    expect(who(session({ state: "working" }), members("bash", "zsh"))).toEqual([1, 0, 0]);
  });

  test.each<[string, Partial<ListedSession>, Member[]]>([
    ["a terminal in it", { attached: 1 }, members("bash", "bash")],
    ["a program under the shell", {}, members("bash", "bash", "make")],
    ["a shell under the shell", {}, members("bash", "bash", "bash")],
    ["a program in the shell's place", {}, members("bash", "vim")],
    ["an agent", { kind: "agent" }, members("bash", "bash")],
    ["a command", { kind: "command" }, members("bash", "bash")],
  ])("is at work with %s", (_, change, mine) => expect(who(session(change), mine)).toEqual([0, 1, 0]));

  test("with a process of nobody's beside it leaves that one unanswered", () => {
    expect(who(session(), members("bash", "bash"), [10, 99])).toEqual([1, 0, 1]);
  });

  test("that has ended owns no process", () => {
    expect(who(session({ state: "killed" }), members("bash"))).toEqual([0, 0, 1]);
  });
});

describe("the error", () => {
  test("names a session by its branch, and how to end it", () => {
    const busy = [session({ kind: "agent", agent: "claude", state: "waiting", guessed: false })];
    const error = atWorkError({ busy, strangers: [] });
    expect(error.message).toBe("A session is at work there; nothing was deleted.");
    expect(error.details).toEqual(["work: claude, waits for you (session 00000000)"]);
    expect(error.hint).toBe("Let it finish, or end it: agent-vm kill work");
    expect(error.exit).toBe(EXIT.refused);
  });

  test("says which of several, and keeps others' processes apart", () => {
    const error = atWorkError({ busy: [session(), session()], strangers: at(99) });
    expect(error.message).toBe("2 sessions and a process are at work there; nothing was deleted.");
    expect(error.details.at(-1)).toBe("shop-work: bash (process 99)");
    expect(error.hint).toContain("agent-vm kill work --session 00000000");
    expect(error.hint).toContain("kill -HUP 99");
  });
});

test("what the guest says of processes is ids, numbers and names", () => {
  const words = [ID, "12", "bash", "../../x", "13", "x", ID, "-1", "x", ID, "14", "ü\u001b[2J", ID, "15"];
  const read = parseMembers(Buffer.from(`${words.join("\0")}\0`).toString("latin1"));
  expect(read).toEqual([
    { id: ID, pid: 12, name: "bash" },
    { id: ID, pid: 14, name: "ü\u001b[2J" },
  ]);
});
