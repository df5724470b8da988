// `ps --watch`: a line for each session. Pure.
import type { Tone } from "../../io/live-screen.ts";
import type { ListedSession } from "../session/list.ts";
import { sessionRows } from "../session/rows.ts";
import { isOver } from "../session/state.ts";
import { plural } from "../sync/words.ts";
import type { Facts } from "./facts.ts";
import { layOut } from "./layout.ts";
import type { Frame, View } from "./status-view.ts";
import { vmWords } from "./words.ts";

const TONES: Partial<Record<ListedSession["state"], Tone>> = {
  waiting: "attention",
  working: "good",
  failed: "bad",
  killed: "bad",
  lost: "bad",
};
const STATE = "STATE";

/** Those that have ended are left out unless `all`. */
export const psView =
  (all: boolean) =>
  (facts: Facts, { vm, columns, now }: Frame): View => {
    const sessions = (facts.sessions ?? []).filter((one) => all || !isOver(one.state));
    const { head, rows } = sessionRows(sessions, { now, columns });
    const table = head.map((name, at) => ({
      head: name,
      cells: rows.map((cells, row) => {
        const state = sessions[row]?.state;
        const tone = name === STATE && state !== undefined ? TONES[state] : undefined;
        return { text: cells[at] ?? "", ...(tone && { tone }) };
      }),
      least: Math.min(name.length, 6),
      optional: at > 3,
    }));
    const count = facts.connected ? plural(sessions.length, "session") : "looking …";
    return {
      head:
        facts.connected || facts.vm === "running"
          ? [[{ text: `VM ${vm}`, tone: "bold" }, { text: `  ${count}` }]]
          : [[{ text: vmWords(facts, vm), tone: "attention" }]],
      table: rows.length === 0 ? [] : layOut(table, columns),
    };
  };
