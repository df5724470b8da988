import { describe, expect, test } from "vitest";
import { chooseSession, type Wanted } from "../../../../src/domain/session/choose.ts";
import type { SessionId } from "../../../../src/domain/session/names.ts";
import type { ToldSession } from "../../../../src/domain/session/seen.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";

const one = (id: string, more: Partial<ToldSession> = {}) =>
  ({ id: id as SessionId, dir: "shop-work", kind: "shell", state: "idle", ...more }) as ToldSession;

const ALL = [
  one("aa10000000000000"),
  one("aa20000000000000", { kind: "agent", state: "finished" }),
  one("bb30000000000000", { kind: "command", state: "working" }),
  one("bb40000000000000", { dir: "shop-other", kind: "agent", state: "working" }),
];
const choose = (more: Partial<Wanted> = {}, all = ALL) =>
  chooseSession(all, { dir: "shop-work", branch: "work", ...more });

describe("a session of a workspace", () => {
  test("is what runs, before a shell, and of this workspace alone", () => {
    expect(choose().id).toBe("bb30000000000000");
    expect(choose({ session: "bb" }).id).toBe("bb30000000000000");
    expect(choose({ session: "aa1" }).id).toBe("aa10000000000000");
  });

  test("that has ended counts where that is asked for, after those that live", () => {
    expect(choose({ over: true, session: "aa2" }).id).toBe("aa20000000000000");
    expect(choose({ over: true }).id).toBe("bb30000000000000");
  });

  test.each([
    ["that has ended", { session: "aa2" }, "The session aa200000 of work has ended.", EXIT.failed],
    ["that nobody has", { session: "cc" }, 'No session of work begins with "cc".', EXIT.usage],
    ["of another workspace", { session: "bb4" }, 'No session of work begins with "bb4".', EXIT.usage],
    ["that is not the only one", { session: "" }, 'Several sessions of work begin with "".', EXIT.usage],
    ["where there is none", { dir: "shop-none", branch: "none" }, "none has no session.", EXIT.failed],
  ] as const)("%s is told as what it is", (_what, wanted, message, exit) => {
    const refused = () => choose(wanted);
    expect(refused).toThrow(UserError);
    expect(refused).toThrow(expect.objectContaining({ message, exit }));
  });
});
