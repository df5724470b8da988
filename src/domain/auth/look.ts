// Which agents are installed and logged in inside the VM: whether their files are there, never what is in them.
import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import type { Agent } from "../agents/catalog.ts";

export interface Inside {
  installed: boolean;
  loggedIn: boolean;
}

/** Arguments in threes: command, file below the home, text it must contain or "". Answers one letter each. */
const LOOK = `
while [ $# -gt 0 ]; do
  if command -v -- "$1" >/dev/null; then printf i; else printf -- -; fi
  if [ -s "$HOME/$2" ] && { [ -z "$3" ] || grep -qF -e "$3" -- "$HOME/$2"; }; then printf y; else printf n; fi
  shift 3
done
`;

/** One letter for each question; anything else is a no. */
const parseMarks = (said: string): string[] => [...said].map((mark) => (/[iy]/.test(mark) ? mark : "-"));

/** One round trip. What the VM says is a claim: it decides nothing but words. */
export async function lookInside(
  ctx: Pick<Context, "run">,
  target: Target,
  agents: readonly Agent[],
): Promise<Map<string, Inside>> {
  const asked = agents.flatMap(({ name, command, credentials }) =>
    credentials.map(({ path, contains = "" }) => ({ name, words: [command, path, contains] })),
  );
  const args = asked.flatMap(({ words }) => words);
  const { stdout } = await runScript(ctx.run, target, { text: LOOK, args }, { timeout: 20_000 });
  const marks = parsed(stdout, parseMarks);
  const found = new Map<string, Inside>();
  for (const [index, { name }] of asked.entries()) {
    const before = found.get(name);
    found.set(name, {
      installed: marks[2 * index] === "i",
      loggedIn: before?.loggedIn === true || marks[2 * index + 1] === "y",
    });
  }
  return found;
}
