// What the guest says of a workspace's submodules: a stranger's words, by an allowlist. Pure.
import { fields, notUnderstood, oidOrNothing, textOf } from "../sync/parse.ts";

const STATES = ["absent", "kept", "present", "linked", "inside", "blocked", "other", "elsewhere"] as const;

export interface SeenSubmodule {
  state: (typeof STATES)[number];
  /** The commit that is checked out. */
  head: string | undefined;
  /** The reference that HEAD names; undefined when detached. To show. */
  on: string | undefined;
  /** The commit that the workspace's own HEAD records for it. */
  recorded: string | undefined;
  /** The commit that a push checked out there last. */
  settled: string | undefined;
  /** It has the commit that is wanted. */
  has: boolean;
  changed: boolean;
  /** There are files that git does not track, perhaps ignored ones. */
  others: boolean;
  busy: boolean;
}

const FIELDS = 6;

export interface SeenSubmodules {
  /** The reference that the workspace's own HEAD names; "" when detached. To compare. */
  on: string;
  /** They were checked out before, as far as they travel. */
  filled: boolean;
  /** In the order in which they were asked for. */
  found: SeenSubmodule[];
}

/** The answer of LOOK. */
export function parseSubmodules(answer: string): SeenSubmodules {
  const [on, filled, ...words] = fields(answer);
  if (on === undefined || filled === undefined) throw notUnderstood("it is cut off");
  const found: SeenSubmodule[] = [];
  for (let at = 0; at < words.length; at += FIELDS) {
    const [state, head, on, recorded, settled, flags] = words.slice(at, at + FIELDS);
    const known = STATES.find((one) => one === state);
    if (known === undefined || flags === undefined || !/^[hcob]*$/.test(flags))
      throw notUnderstood(state ?? "");
    found.push({
      state: known,
      head: oidOrNothing(head ?? ""),
      on: on ? textOf(on) : undefined,
      recorded: oidOrNothing(recorded ?? ""),
      settled: oidOrNothing(settled ?? ""),
      has: flags.includes("h"),
      changed: flags.includes("c"),
      others: flags.includes("o"),
      busy: flags.includes("b"),
    });
  }
  return { on: textOf(on), filled: filled === "filled", found };
}

const WORDS = ["done", "changed", "blocked", "elsewhere", "failed"] as const;
export type Settled = (typeof WORDS)[number];

/** The answer of SETTLE. */
export function parseSettled(answer: string): Settled[] {
  return fields(answer).map((word) => {
    const known = WORDS.find((one) => one === word);
    if (known === undefined) throw notUnderstood(word);
    return known;
  });
}
